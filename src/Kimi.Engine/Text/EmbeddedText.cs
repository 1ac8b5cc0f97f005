using System.Text;

namespace Kimi.Engine.Text;

/// <summary>Texts that ship inside the engine assembly, named by their path in the project (<c>Agents/Prompts/default.md</c>).</summary>
internal static class EmbeddedText
{
    /// <summary>The text of one resource, line ends as in the file.</summary>
    /// <exception cref="FileNotFoundException">No such resource.</exception>
    public static string Read(string name)
    {
        using Stream stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"Embedded text not found: {name}", name);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        ReadOnlySpan<byte> content = bytes;
        return Encoding.UTF8.GetString(content.StartsWith("\uFEFF"u8) ? content[3..] : content);
    }
}
