namespace Kimi.Engine.Sessions;

/// <summary>
/// An append-only file of lines. Every append is one write to the operating system; what cannot be written whole is taken
/// back, so the file never ends in half a line of ours.
/// </summary>
public sealed class JsonLinesFile : IDisposable
{
    private const int ChunkSize = 1 << 16;

    private FileStream? _stream;
    private bool _endsMidLine;
    private bool _closed;

    /// <summary>Names the file; it is opened at the first append.</summary>
    public JsonLinesFile(string path) => Path = path;

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>Appends one or more whole lines, each with its line end.</summary>
    /// <exception cref="SessionStorageException">The disk is full, the file cannot be written, ….</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        if (_closed)
        {
            throw new SessionStorageException($"The session file '{Path}' cannot be written: the session is closed.");
        }

        try
        {
            FileStream stream = _stream ??= Open();
            long length = stream.Position;
            try
            {
                if (_endsMidLine)
                {
                    stream.Write("\n"u8);
                }

                stream.Write(lines);
                _endsMidLine = false;
            }
            catch (IOException)
            {
                TakeBack(stream, length);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session file '{Path}' cannot be written: {e.Message} What was written before is kept.", e);
        }
    }

    /// <summary>Closes the file; the next append opens it again.</summary>
    public void Close()
    {
        _stream?.Dispose();
        _stream = null;
    }

    /// <summary>Closes the file for good: another process may write to it from now on, so nothing of ours may come late.</summary>
    public void Dispose()
    {
        _closed = true;
        Close();
    }

    /// <summary>
    /// Reads the lines of a file, without their ends; a missing file has none. Lines stay valid; no more of the file is read
    /// than is asked for.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> ReadLines(string path)
    {
        using FileStream? file = OpenToRead(path);
        if (file is null)
        {
            yield break;
        }

        byte[] chunk = new byte[ChunkSize];
        int start = 0;
        int searched = 0;
        int end = 0;
        while (true)
        {
            int at = chunk.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                yield return chunk.AsMemory(start, searched + at - start);
                start = searched = searched + at + 1;
                continue;
            }

            searched = end;
            if (end == chunk.Length)
            {
                // A new one: the lines before are in use.
                byte[] next = new byte[Math.Max(ChunkSize, 2 * (end - start))];
                chunk.AsSpan(start, end - start).CopyTo(next);
                searched = end -= start;
                start = 0;
                chunk = next;
            }

            int read = Read(file, chunk.AsSpan(end));
            if (read == 0)
            {
                break;
            }

            end += read;
        }

        if (end > start)
        {
            yield return chunk.AsMemory(start, end - start);
        }
    }

    private static FileStream? OpenToRead(string path)
    {
        try
        {
            return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session file '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static int Read(FileStream file, Span<byte> target)
    {
        try
        {
            return file.Read(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session file '{file.Name}' cannot be read: {e.Message}", e);
        }
    }

    private FileStream Open()
    {
        FileStream stream = new(Path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        });
        _endsMidLine = false;
        if (stream.Length > 0)
        {
            stream.Position = stream.Length - 1;
            _endsMidLine = stream.ReadByte() != '\n';
        }

        stream.Position = stream.Length;
        return stream;
    }

    private void TakeBack(FileStream stream, long length)
    {
        try
        {
            stream.SetLength(length);
            stream.Position = length;
        }
        catch (IOException)
        {
            // The disk will not even shorten the file; the reader skips the torn line, and the next one begins after it.
            _endsMidLine = true;
            Close();
        }
    }
}
