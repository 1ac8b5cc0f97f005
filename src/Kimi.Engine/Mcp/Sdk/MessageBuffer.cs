using System.Buffers;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>
/// Bytes of one message while it comes: a chain of arrays, read into directly and never copied when it grows. Small
/// messages take a small array.
/// </summary>
internal sealed class MessageBuffer
{
    private const int MinSegment = 16 * 1024;
    private const int MaxSegment = 1024 * 1024;

    private readonly Segment _first;
    private Segment _last;
    private int _written;

    public MessageBuffer() => _first = _last = new Segment(MinSegment);

    /// <summary>Number of bytes.</summary>
    public long Length => _last.RunningIndex + _written;

    /// <summary>All bytes so far.</summary>
    public ReadOnlySequence<byte> Bytes => new(_first, 0, _last, _written);

    /// <summary>Room to read into; at least one byte.</summary>
    public Memory<byte> Room()
    {
        if (_written == _last.Array.Length)
        {
            // A message that turns out to be large is read in large steps.
            _last = _last.Append(Math.Min(MaxSegment, _last.Array.Length * 2));
            _written = 0;
        }

        return _last.Array.AsMemory(_written);
    }

    /// <summary>Counts what was read into the room.</summary>
    public void Advance(int count) => _written += count;

    /// <summary>The last bytes.</summary>
    /// <param name="count">No more than the last step brought.</param>
    public ReadOnlySpan<byte> Last(int count) => _last.Array.AsSpan(_written - count, count);

    /// <summary>Takes the last bytes away again: they belong to the next message.</summary>
    /// <param name="count">No more than the last step brought.</param>
    public MessageBuffer TakeLast(int count)
    {
        var next = new MessageBuffer();
        ReadOnlySpan<byte> rest = Last(count);
        while (rest.Length > 0)
        {
            Span<byte> room = next.Room().Span;
            int step = Math.Min(room.Length, rest.Length);
            rest[..step].CopyTo(room);
            next.Advance(step);
            rest = rest[step..];
        }

        _written -= count;
        return next;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(int size)
        {
            Array = GC.AllocateUninitializedArray<byte>(size);
            Memory = Array;
        }

        public byte[] Array { get; }

        public Segment Append(int size)
        {
            var next = new Segment(size) { RunningIndex = RunningIndex + Array.Length };
            Next = next;
            return next;
        }
    }
}
