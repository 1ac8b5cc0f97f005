using System.Text.Json;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Sessions;

public sealed class WireHubTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_sends_waits_for_a_full_listener_and_goes_on_when_it_reads()
    {
        WireHub hub = new();
        using WireSubscription slow = hub.Subscribe(capacity: 2);
        await hub.SendAsync(new StepBegin(1), Token);
        await hub.SendAsync(new StepBegin(2), Token);
        Task third = hub.SendAsync(new StepBegin(3), Token).AsTask();
        Assert.False(third.IsCompleted);
        Assert.True(slow.TryRead(out _) && slow.TryRead(out _));
        await third.WaitAsync(s_patience, Token);
    }

    [Fact]
    public async Task What_must_be_said_waits_for_a_full_listener_only_until_it_is_cancelled()
    {
        WireHub hub = new();
        using WireSubscription slow = hub.Subscribe(capacity: 1);
        using CancellationTokenSource cancel = new();
        await hub.SendAsync(new StepBegin(1), Token);
        Task end = hub.SendAlwaysAsync(new TurnEnd(), cancel.Token).AsTask();
        Assert.False(end.IsCompleted);
        await cancel.CancelAsync();
        await end.WaitAsync(s_patience, Token);
        await hub.SendAlwaysAsync(new StepInterrupted(), cancel.Token);
        Assert.True(slow.TryRead(out _) && slow.TryRead(out WireMessage? second) && second is TurnEnd);
        Assert.True(slow.TryRead(out WireMessage? third) && third is StepInterrupted);
    }

    [Fact]
    public async Task Who_waits_goes_on_when_the_listener_leaves_or_gets_no_more()
    {
        WireHub hub = new();
        WireSubscription leaving = hub.Subscribe(capacity: 1);
        using WireSubscription completed = hub.Subscribe(capacity: 1);
        await hub.SendAsync(new StepBegin(1), Token);
        Task send = hub.SendAsync(new StepBegin(2), Token).AsTask();
        Assert.False(send.IsCompleted);
        leaving.Dispose();
        completed.Complete();
        await send.WaitAsync(s_patience, Token);
        Assert.True(completed.TryRead(out _) && completed.TryRead(out _));
        Assert.False(await completed.WaitToReadAsync(Token));
    }

    [Fact]
    public async Task A_listener_and_a_sender_never_wait_for_each_other()
    {
        WireHub hub = new();
        using WireSubscription listener = hub.Subscribe(capacity: 2);
        const int Count = 20_000;
        Task sending = Task.Run(
            async () =>
            {
                for (int i = 0; i < Count; i++)
                {
                    await hub.SendAsync(new StepBegin(i), Token);
                }

                hub.Close();
            },
            Token);
        int read = 0;
        while (await listener.WaitToReadAsync(Token).AsTask().WaitAsync(s_patience, Token))
        {
            while (listener.TryRead(out _))
            {
                read++;
            }
        }

        await sending.WaitAsync(s_patience, Token);
        Assert.Equal(Count, read);
    }

    [Fact]
    public async Task A_question_that_nobody_hears_is_answered_at_once_but_an_approval_waits()
    {
        WireHub hub = new();
        HookRequest hook = new("s", "SessionEnd", "exit", JsonDocument.Parse("{}").RootElement) { Id = "h" };
        ToolCallRequest call = new("t", null) { Id = "c" };
        ApprovalRequest approval = new() { Id = "a", ToolCallId = "c", Sender = "Shell", Action = "run command", Description = "d" };
        await hub.SendAsync(hook, Token);
        await hub.SendAsync(call, Token);
        await hub.SendAsync(approval, Token);
        Assert.False((await hook.Answer).Block);
        Assert.True((await call.Answer).IsError);
        Assert.False(approval.IsAnswered);

        using WireSubscription listener = hub.Subscribe();
        ToolCallRequest heard = new("t", null) { Id = "d" };
        await hub.SendAsync(heard, Token);
        Assert.False(heard.IsAnswered);
    }
}
