using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>Reads the files that an agent is made of. Somebody named each of them, so a pipe or a device is a mistake, not an empty text.</summary>
internal static class NamedText
{
    /// <summary>Whether there is something at the path that is no file.</summary>
    public static bool IsNoFile(string path) => LocalHost.Stat(path).Kind is EntryKind.Directory or EntryKind.Other;

    /// <summary>The text of a file; null when there is none.</summary>
    /// <exception cref="IOException">It is no file or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="System.Text.DecoderFallbackException">It is not UTF-8.</exception>
    public static string? Read(string path) => IsNoFile(path) ? throw new IOException("it is not a file") : TextFile.Read(path, strict: true);
}
