using System.Buffers;
using System.Text;
using Kimi.Engine.Mcp.Sdk;
using Kimi.Engine.Text;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Tests.Mcp;

public sealed class PendingCallsTests
{
    [Fact]
    public void The_answer_of_a_call_is_taken_while_somebody_waits_for_it()
    {
        PendingCalls calls = new();
        PendingCall first = Begin(calls, 1);
        PendingCall second = Begin(calls, 2);

        calls.End(first);

        Assert.Null(calls.Take(Answer(1)));
        Assert.Null(first.Answer);
        Assert.NotNull(calls.Take(Answer(2)));
        Assert.NotNull(second.Answer);
    }

    [Fact]
    public void A_call_that_was_never_sent_ends_too() => new PendingCalls().End(PendingCalls.Begin());

    [Fact]
    public async Task The_answer_of_a_call_that_is_given_up_meanwhile_does_not_end_the_connection()
    {
        PendingCalls calls = new();
        PendingCall call = Begin(calls, 1);
        const long Beyond = AnswerStream.MaxMessage + (2 * 1024 * 1024);
        long sent = 0;
        using AnswerStream stream = new(
            new Blocks(buffer =>
            {
                if (sent > Beyond) { return 0; }
                if (sent > AnswerStream.MaxMessage - (1024 * 1024)) { calls.End(call); }
                buffer.Fill((byte)'x');
                sent += buffer.Length;
                if (sent > Beyond) { buffer[^1] = (byte)'\n'; }
                return buffer.Length;
            }),
            MessageFraming.Lines,
            calls);
        byte[] buffer = new byte[1024 * 1024];
        long read = 0;
        for (int count; (count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
        {
            read += count;
        }

        Assert.Equal(sent, read);
    }

    private static PendingCall Begin(PendingCalls calls, long id)
    {
        PendingCall call = PendingCalls.Begin();
        Assert.Same(call, calls.Note(new JsonRpcRequest { Id = new RequestId(id), Method = RequestMethods.ToolsCall }));
        return call;
    }

    private static ReadOnlySequence<byte> Answer(long id) =>
        new(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","result":{"content":[]},"id":{{id}} }"""));

    private delegate int Fill(Span<byte> buffer);

    private sealed class Blocks(Fill fill) : ForwardStream
    {
        public override int Read(Span<byte> buffer) => fill(buffer);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(fill(buffer.Span));
    }
}
