namespace Kimi.Cli;

/// <summary>The program's version, as the outside sees it: three parts.</summary>
internal static class ProductVersion
{
    /// <summary>The version.</summary>
    public static string Text => typeof(ProductVersion).Assembly.GetName().Version!.ToString(3);

    /// <summary>Prints it, without <see cref="Console.Out"/>, whose encoder and writers cost more than the rest of this run.</summary>
    public static int Print()
    {
        string line = $"kimi, version {Text}\n";
        Span<byte> bytes = stackalloc byte[line.Length];
        System.Text.Encoding.ASCII.GetBytes(line, bytes);
        using Stream output = Console.OpenStandardOutput();
        output.Write(bytes);
        return 0;
    }
}
