using System.Buffers;
using System.Text;
using Kimi.Engine.Mcp.Sdk;
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

    private static PendingCall Begin(PendingCalls calls, long id)
    {
        PendingCall call = PendingCalls.Begin();
        Assert.Same(call, calls.Note(new JsonRpcRequest { Id = new RequestId(id), Method = RequestMethods.ToolsCall }));
        return call;
    }

    private static ReadOnlySequence<byte> Answer(long id) =>
        new(Encoding.UTF8.GetBytes($$"""{"jsonrpc":"2.0","result":{"content":[]},"id":{{id}} }"""));
}
