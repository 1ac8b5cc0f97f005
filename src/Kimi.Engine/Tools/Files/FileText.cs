using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Files;

/// <summary>Whole texts of files, for edits and for showing what an edit changes.</summary>
internal static class FileText
{
    /// <summary>Larger files are not compared line by line: only their lines are counted.</summary>
    private const long MaxCompared = 32 * 1024 * 1024;

    private const long MaxEdited = 512 * 1024 * 1024;

    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text of a file, line feeds as its only line ends.</summary>
    /// <exception cref="IOException">It cannot be read, is not UTF-8, or too large.</exception>
    public static async Task<string> ReadAsync(IHost host, string path, HostStat stat, CancellationToken cancellationToken)
    {
        if (stat.Size > MaxEdited)
        {
            throw new IOException($"the file is too large to edit ({stat.Size.ToString(CultureInfo.InvariantCulture)} bytes)");
        }

        try
        {
            return TextLines.WithLineFeeds(s_strict.GetString(await BytesAsync(host, path, stat.Size, cancellationToken).ConfigureAwait(false)));
        }
        catch (DecoderFallbackException)
        {
            throw new IOException("the file is not valid UTF-8 and would be damaged by the edit");
        }
    }

    /// <summary>The blocks that show what writing a text to a file changes.</summary>
    public static async Task<IReadOnlyList<DisplayBlock>> DiffAsync(IHost host, string path, HostStat stat, string content, bool append, CancellationToken cancellationToken)
    {
        if (stat.Kind == EntryKind.None)
        {
            return FilePaths.Diff(path, "", content);
        }

        if (stat.Size <= MaxCompared)
        {
            string before = TextLines.Decode(await BytesAsync(host, path, stat.Size, cancellationToken).ConfigureAwait(false));
            return FilePaths.Diff(path, before, append ? before + content : content);
        }

        if (append && content.Length == 0)
        {
            return [];
        }

        long old;
        Stream stream = await host.OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using LineReader reader = new(stream, cancellationToken);
            reader.CountRest();
            old = reader.LineCount;
        }

        long current = TextLines.Split(content).Count + (append ? old : 0);
        return [new DiffBlock(path, $"({old} lines)", $"({current} lines{(old == current ? ", modified" : "")})", 1, 1, true)];
    }

    private static async Task<byte[]> BytesAsync(IHost host, string path, long size, CancellationToken cancellationToken)
    {
        Stream stream = await host.OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            using MemoryStream bytes = new((int)size);
            await stream.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
            return bytes.Length == bytes.Capacity ? bytes.GetBuffer() : bytes.ToArray();
        }
    }
}
