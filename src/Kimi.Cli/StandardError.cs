namespace Kimi.Cli;

/// <summary>Lines for people. A terminal that is gone takes none of them, which must not keep the program from its last duties.</summary>
internal static class StandardError
{
    /// <summary>Writes a line, if anybody can read it.</summary>
    public static void WriteLine(string line)
    {
        try
        {
            Console.Error.WriteLine(line);
        }
        catch (IOException)
        {
            // Nobody is left to be told.
        }
    }
}
