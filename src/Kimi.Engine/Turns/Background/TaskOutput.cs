using System.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>Reads the output file of a task while the task may still be writing.</summary>
internal static class TaskOutput
{
    /// <summary>Size in bytes; 0 when there is no file.</summary>
    public static long Size(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? file.Length : 0;
    }

    /// <summary>The text from a position on, at most so many bytes of it; the position is brought into the file first.</summary>
    public static (string Text, long Next, bool AtEnd) Read(string path, long offset, int maxBytes)
    {
        (byte[] bytes, long start, long size) = Bytes(path, size => Math.Clamp(offset, 0, size), maxBytes);
        long next = start + bytes.Length;
        return (Encoding.UTF8.GetString(bytes), next, next >= size);
    }

    /// <summary>The last bytes as text.</summary>
    public static (string Text, long Size, bool Truncated) Tail(string path, int maxBytes)
    {
        (byte[] bytes, long start, long size) = Bytes(path, size => Math.Max(0, size - maxBytes), maxBytes);
        return (Encoding.UTF8.GetString(bytes), size, start > 0);
    }

    /// <summary>The last lines of the last bytes.</summary>
    public static string Tail(string path, int maxBytes, int maxLines)
    {
        string text = Tail(path, maxBytes).Text;
        int end = text.EndsWith('\n') ? text.Length - 1 : text.Length;
        int start = end;
        for (int lines = 0; start > 0; start--)
        {
            if (text[start - 1] == '\n' && ++lines == maxLines)
            {
                break;
            }
        }

        return text[start..];
    }

    private static (byte[] Bytes, long Start, long Size) Bytes(string path, Func<long, long> startOf, int maxBytes)
    {
        try
        {
            if (!File.Exists(path))
            {
                return ([], 0, 0);
            }

            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            long size = stream.Length;
            long start = startOf(size);
            stream.Position = start;
            byte[] bytes = new byte[(int)Math.Min(maxBytes, size - start)];
            int count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return (count == bytes.Length ? bytes : bytes[..count], start, size);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ([], 0, 0);
        }
    }
}
