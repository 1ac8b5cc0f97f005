using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Http;

/// <summary>The byte segments of a request body, in order.</summary>
internal sealed class RequestSegments
{
    private static readonly byte[] s_comma = [(byte)','];
    private readonly List<ReadOnlyMemory<byte>> _segments;

    public RequestSegments(int capacity = 16) => _segments = new List<ReadOnlyMemory<byte>>(capacity);

    /// <summary>Length of all segments together.</summary>
    public long Length { get; private set; }

    /// <summary>Number of segments.</summary>
    public int Count => _segments.Count;

    public ReadOnlyMemory<byte> this[int index] => _segments[index];

    /// <summary>Adds bytes; they must not change any more.</summary>
    public void Add(ReadOnlyMemory<byte> bytes)
    {
        _segments.Add(bytes);
        Length += bytes.Length;
    }

    /// <summary>Adds a text.</summary>
    public void Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    /// <summary>Adds what a writer holds.</summary>
    public void Add(JsonWriter writer) => Add(writer.ToArray());

    /// <summary>Adds a comma.</summary>
    public void AddComma() => Add(s_comma);

    /// <summary>All bytes in one piece, for tests and diagnosis.</summary>
    public byte[] ToArray()
    {
        byte[] all = new byte[Length];
        int at = 0;
        foreach (ReadOnlyMemory<byte> segment in _segments)
        {
            segment.CopyTo(all.AsMemory(at));
            at += segment.Length;
        }

        return all;
    }
}
