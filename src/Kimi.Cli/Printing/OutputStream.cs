using System.Text;

namespace Kimi.Cli.Printing;

/// <summary>Standard output as one buffered stream of UTF-8. What is gone (a closed pipe) is noted, not thrown at every line.</summary>
internal sealed class OutputStream(Stream stream) : IDisposable
{
    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>Whether nobody reads any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Writes text.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(Math.Min(text.Length, 1 << 16)));
        while (!text.IsEmpty)
        {
            int part = Math.Min(text.Length, 1 << 16);
            if (part < text.Length && char.IsHighSurrogate(text[part - 1]))
            {
                part--; // a pair stays together
            }

            Reserve(Encoding.UTF8.GetMaxByteCount(part));
            _length += Encoding.UTF8.GetBytes(text[..part], _buffer.AsSpan(_length));
            text = text[part..];
        }
    }

    /// <summary>Writes a line of text.</summary>
    public void WriteLine(ReadOnlySpan<char> text)
    {
        Write(text);
        WriteByte((byte)'\n');
    }

    /// <summary>Writes a line of bytes.</summary>
    public void WriteLine(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _length)
        {
            Flush();
        }

        if (bytes.Length > _buffer.Length)
        {
            Send(bytes);
        }
        else
        {
            bytes.CopyTo(_buffer.AsSpan(_length));
            _length += bytes.Length;
        }

        WriteByte((byte)'\n');
    }

    /// <summary>Hands on what is buffered.</summary>
    public void Flush()
    {
        if (_length > 0)
        {
            int length = _length;
            _length = 0;
            Send(_buffer.AsSpan(0, length));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Flush();

    private void WriteByte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    private void Reserve(int bytes)
    {
        if (bytes > _buffer.Length - _length)
        {
            Flush();
            if (bytes > _buffer.Length)
            {
                _buffer = new byte[bytes];
            }
        }
    }

    private void Send(ReadOnlySpan<byte> bytes)
    {
        if (IsBroken)
        {
            return;
        }

        try
        {
            stream.Write(bytes);
            stream.Flush();
        }
        catch (IOException)
        {
            IsBroken = true;
        }
    }
}
