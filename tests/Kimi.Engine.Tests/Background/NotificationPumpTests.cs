using Kimi.Engine.Turns.Background;
using Kimi.Engine.Turns.Subagents;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>While a run lasts, the wire hears of tasks within a second.</summary>
public sealed class NotificationPumpTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly BackgroundFixture _fixture;
    private readonly WireHub _hub = new();
    private readonly WireSubscription _messages;

    public NotificationPumpTests()
    {
        _fixture = new BackgroundFixture(_time);
        _messages = _hub.Subscribe();
    }

    [Fact]
    public async Task It_looks_once_a_second_and_once_more_at_the_end()
    {
        TaskFiles first = Running("bash-1");
        TaskFiles second = Running("bash-2");
        BackgroundTasks tasks = new(_fixture.Settings);
        await using (Pump(tasks).ConfigureAwait(false))
        {
            first.Update(static runtime => runtime with { Status = TaskStates.Completed });
            _time.Advance(TimeSpan.FromMilliseconds(999));
            Assert.Empty(Read());
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(["task.completed bash-1"], Read());
            _time.Advance(TimeSpan.FromSeconds(3));
            Assert.Empty(Read());
            second.Update(static runtime => runtime with { Status = TaskStates.Failed });
        }

        Assert.Equal(["task.failed bash-2"], Read());
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(Read());
    }

    [Fact]
    public async Task Many_come_in_portions()
    {
        for (int i = 0; i < 10; i++)
        {
            Running($"bash-{i}").Update(static runtime => runtime with { Status = TaskStates.Completed });
        }

        await using (Pump(new BackgroundTasks(_fixture.Settings)).ConfigureAwait(false))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(8, Read().Count);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(2, Read().Count);
        }
    }

    [Fact]
    public async Task Without_tasks_no_timer_is_set_until_there_is_one()
    {
        await using (Pump(_fixture.Tasks).ConfigureAwait(false))
        {
            Assert.Empty(_time.Waits);
            await _fixture.Tasks.StartShellAsync("true", "a task", 60, BackgroundFixture.Call(), TestContext.Current.CancellationToken);
            Assert.Equal([TimeSpan.FromSeconds(1)], _time.Waits);
        }
    }

    public void Dispose()
    {
        _messages.Dispose();
        _fixture.Dispose();
    }

    private NotificationPump Pump(BackgroundTasks tasks) => new(tasks, new NotificationFeed(tasks, _hub, NoHooks.Instance));

    private TaskFiles Running(string id)
    {
        double now = StoredJson.Seconds(_time);
        return _fixture.Put(id, new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now + 1000, UpdatedAt = now });
    }

    private List<string> Read()
    {
        List<string> read = [];
        while (_messages.TryRead(out WireMessage? message))
        {
            NotificationEvent notification = Assert.IsType<NotificationEvent>(message);
            read.Add($"{notification.NotificationType} {notification.SourceId}");
        }

        return read;
    }
}
