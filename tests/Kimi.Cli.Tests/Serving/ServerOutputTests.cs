using System.Text;
using Kimi.Cli.Serving;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Tests.Serving;

public sealed class ServerOutputTests
{
    [Fact]
    public void Lines_have_the_specified_members_in_order()
    {
        MemoryStream stream = new();
        using (ServerOutput output = new(stream))
        {
            output.Send(new StepBegin(3));
            output.Send(new ToolCallRequest("t", null) { Id = "c1" });
            output.ReplyStatus("p", "finished");
            output.Fail(null, RpcError.NotJson);
            output.Close(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(
            """
            {"jsonrpc":"2.0","method":"event","params":{"type":"StepBegin","payload":{"n":3}}}
            {"jsonrpc":"2.0","method":"request","id":"c1","params":{"type":"ToolCallRequest","payload":{"id":"c1","name":"t","arguments":null}}}
            {"jsonrpc":"2.0","id":"p","result":{"status":"finished"}}
            {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON format","data":null}}

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public async Task Lines_of_many_threads_never_mix()
    {
        MemoryStream stream = new();
        using (ServerOutput output = new(stream))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
            {
                for (int i = 0; i < 500; i++)
                {
                    output.Send(new ContentEvent(new TextPart($"{thread}:{new string((char)('a' + thread), i)}")));
                }
            })));
            output.Close(TimeSpan.FromSeconds(10));
        }

        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4000, lines.Length);
        Assert.All(lines, static line => System.Text.Json.JsonDocument.Parse(line).Dispose());
    }

    [Fact]
    public async Task A_client_that_does_not_read_makes_senders_wait()
    {
        using Blocking stream = new();
        using ServerOutput output = new(stream);
        stream.Fill(output);

        Task room = output.Room;
        Assert.False(room.IsCompleted);
        stream.Open();
        await room.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_client_that_is_gone_is_noticed()
    {
        TaskCompletionSource broken = new();
        using Blocking stream = new() { Fails = true };
        using ServerOutput output = new(stream);
        output.Broken = () => broken.TrySetResult();
        output.Send(new TurnEnd());
        stream.Open();
        await broken.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        output.Send(new TurnEnd());
        Assert.True(output.Room.IsCompleted);
    }

    [Fact]
    public async Task Closing_frees_who_waits_for_a_client_that_does_not_read()
    {
        using Blocking stream = new();
        using ServerOutput output = new(stream);
        stream.Fill(output);

        Task room = output.Room;
        Assert.False(room.IsCompleted);
        output.Close(TimeSpan.Zero);
        await room.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.True(output.Room.IsCompleted);
        stream.Open();
    }

    [Fact]
    public async Task Events_that_are_not_read_leave_room_for_answers_and_answers_have_a_limit()
    {
        using Blocking stream = new();
        using ServerOutput output = new(stream);
        stream.Fill(output);

        output.ReplyStatus("s", "steered");
        Assert.False(output.Room.IsCompleted);
        Assert.True(output.AnswerRoom.IsCompleted);
        for (int i = 0; i < 70_000; i++)
        {
            output.Fail("x", RpcError.NotInProgress);
        }

        Task room = output.AnswerRoom;
        Assert.False(room.IsCompleted);
        stream.Open();
        await room.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    private sealed class Blocking : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly ManualResetEventSlim _entered = new();

        /// <summary>Fills an output behind a write that does not end: what comes now stays in the buffer.</summary>
        public void Fill(ServerOutput output)
        {
            output.Send(new StepBegin(1));
            _entered.Wait(TestContext.Current.CancellationToken);
            for (int i = 0; i < 3000; i++)
            {
                output.Send(new ContentEvent(new TextPart(new string('x', 200))));
            }
        }

        public bool Fails { get; init; }

        public void Open() => _open.Set();

        public override void Write(byte[] buffer, int offset, int count)
        {
            _entered.Set();
            _open.Wait();
            if (Fails)
            {
                throw new IOException("Broken pipe");
            }
        }
    }
}
