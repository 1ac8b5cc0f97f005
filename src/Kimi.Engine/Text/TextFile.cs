using System.Text;

namespace Kimi.Engine.Text;

/// <summary>Reads small text files that people or models wrote, without trusting them.</summary>
internal static class TextFile
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// The text of a file, at most <paramref name="maxBytes"/> of it, without a byte order mark; null when there is no such file.
    /// A file that reports no size (also a pipe or a device, which could block for ever) is empty and is never opened.
    /// </summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="DecoderFallbackException"><paramref name="strict"/> and not UTF-8.</exception>
    public static string? Read(string path, int maxBytes = 16 * 1024 * 1024, bool strict = false) =>
        // Probing for files that are not there is common at start-up and must stay cheap.
        File.Exists(path) ? ReadExisting(path, maxBytes, strict) : null;

    private static string ReadExisting(string path, int maxBytes, bool strict)
    {
        if (Length(new FileInfo(path)) == 0)
        {
            return "";
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
        byte[] bytes = new byte[(int)Math.Min(stream.Length, maxBytes)];
        int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> content = bytes.AsSpan(0, count);
        if (content.StartsWith("\uFEFF"u8))
        {
            content = content[3..];
        }

        return strict ? s_strict.GetString(content) : Encoding.UTF8.GetString(content);
    }

    // The size of a link is that of its text: ask the file behind it.
    private static long Length(FileInfo info) =>
        info.LinkTarget is null ? info.Length : info.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target && target.Exists ? target.Length : 0;
}
