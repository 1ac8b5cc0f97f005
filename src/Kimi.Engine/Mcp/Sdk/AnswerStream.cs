using System.Buffers;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>How messages follow one another in a stream.</summary>
internal enum MessageFraming
{
    /// <summary>One a line.</summary>
    Lines,

    /// <summary>One in each event, in its <c>data</c> line.</summary>
    Events,

    /// <summary>The whole stream is one.</summary>
    Whole,
}

/// <summary>What a server sends, without the answers of calls: see <see cref="PendingCalls"/>. Everything else passes as it is.</summary>
/// <param name="source">What the server sends.</param>
/// <param name="framing">How messages follow one another.</param>
/// <param name="calls">Takes the answers.</param>
internal sealed class AnswerStream(Stream source, MessageFraming framing, PendingCalls calls) : ForwardStream
{
    /// <summary>Bytes of the largest answer of a call; a larger one ends the connection.</summary>
    public const long MaxAnswer = 512L * 1024 * 1024;

    /// <summary>Bytes of the largest message while no call is under way; a larger one ends the connection.</summary>
    public const long MaxMessage = 64L * 1024 * 1024;

    private MessageBuffer _frame = new();
    private ReadOnlySequence<byte> _ready;
    private int _unseen;
    private long _limit;
    private bool _isAtEnd;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty)
        {
            if (_isAtEnd || buffer.IsEmpty)
            {
                return 0;
            }

            await FillAsync(cancellationToken).ConfigureAwait(false);
        }

        int count = (int)Math.Min(buffer.Length, _ready.Length);
        _ready.Slice(0, count).CopyTo(buffer.Span);
        _ready = _ready.Slice(count);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads on until a frame is whole, and makes it ready.</summary>
    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (EndOfFrame() is { } rest)
            {
                MessageBuffer frame = _frame;
                _frame = frame.TakeLast(rest);
                _unseen = rest;
                _limit = 0;
                Release(frame.Bytes);
                return;
            }

            // The answer of a call that is given up while it comes may still be as large as one.
            _limit = Math.Max(_limit, calls.Any ? MaxAnswer : MaxMessage);
            if (_frame.Length > _limit)
            {
                throw new IOException($"the server sent a message of more than {_limit / 1024 / 1024} MB");
            }

            _unseen = await source.ReadAsync(_frame.Room(), cancellationToken).ConfigureAwait(false);
            if (_unseen == 0)
            {
                _isAtEnd = true;
                Release(_frame.Bytes);
                return;
            }

            _frame.Advance(_unseen);
        }
    }

    /// <summary>Number of bytes behind the end of the frame; null when it goes on.</summary>
    private int? EndOfFrame()
    {
        if (framing == MessageFraming.Whole || _unseen == 0)
        {
            return null;
        }

        ReadOnlySpan<byte> seen = _frame.Last(_unseen);
        int end = framing == MessageFraming.Lines ? seen.IndexOf((byte)'\n') : seen.IndexOfAny((byte)'\n', (byte)'\r');
        return end < 0 ? null : seen.Length - end - 1;
    }

    private void Release(ReadOnlySequence<byte> frame)
    {
        _ready = frame;
        ReadOnlySequence<byte> message = frame;
        if (framing == MessageFraming.Events)
        {
            if (!StartsWith(frame, "data:"u8))
            {
                return;
            }

            message = frame.Slice(5);
        }

        if (message.Length > 2 && calls.Take(message) is { } instead)
        {
            // The end of the line stays what it was.
            byte last = frame.Slice(frame.Length - 1).FirstSpan[0];
            ReadOnlySpan<byte> end = last is (byte)'\n' or (byte)'\r' ? [last] : [];
            ReadOnlySpan<byte> start = framing == MessageFraming.Events ? "data:"u8 : [];
            _ready = new ReadOnlySequence<byte>([.. start, .. instead, .. end]);
        }
    }

    private static bool StartsWith(in ReadOnlySequence<byte> bytes, ReadOnlySpan<byte> start)
    {
        var reader = new SequenceReader<byte>(bytes);
        return reader.IsNext(start);
    }
}
