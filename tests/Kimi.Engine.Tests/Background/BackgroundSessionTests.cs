using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Background;

/// <summary>Background commands in the life of a session.</summary>
public sealed class BackgroundSessionTests
{
    private const string Config = "\"background\": {\"wait_poll_interval_ms\": 50, \"worker_heartbeat_interval_ms\": 100, \"kill_grace_period_ms\": 300}";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_ends_between_two_turns_and_the_second_hears_of_it_once()
    {
        await using SessionHarness harness = Harness(Start("bg", "while [ ! -f now ]; do sleep 0.05; done; echo done"), "text: started", "text: seen", "text: again");
        RecordedRun first = await harness.RunAsync("go");
        BackgroundTaskInfo task = Assert.Single(harness.Session.Background.List());
        ToolReturnValue result = first.Messages.OfType<ToolResultEvent>().Single().ReturnValue;
        Assert.StartsWith($"task_id: {task.Id}\nkind: bash\nstatus: ", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("Notification", first.Events);
        await File.WriteAllTextAsync(Path.Join(harness.Work, "now"), "", Stop);
        await harness.Session.Background.WaitAsync(task.Id, s_patience, Stop);

        RecordedRun second = await harness.RunAsync("and?");
        Assert.Equal(["Turn and?", "Notification", "Step 1", "text seen", "TurnEnd"], second.Events);
        string[] context = harness.Context();
        string told = Assert.Single(context, static line => line.StartsWith("u:<notification ", StringComparison.Ordinal));
        Assert.Equal("c4", context[Array.IndexOf(context, told) - 1]);
        Assert.EndsWith("Output tail:\ndone\n</task-notification>\n</notification>", told, StringComparison.Ordinal);

        RecordedRun third = await harness.RunAsync("more?");
        Assert.DoesNotContain("Notification", third.Events);
        Assert.Equal(context.Length + 4, harness.Context().Length);
        Assert.Equal([$"[task.completed] Background task completed: a task"], harness.Session.Background.TakeToasts());
        Assert.Empty(harness.Session.Background.TakeToasts());
    }

    [Fact]
    public async Task What_the_conversation_holds_is_not_told_again_after_a_restart()
    {
        await using SessionHarness harness = Harness(Start("bg", "while [ ! -f now ]; do sleep 0.05; done; echo done"), "text: started", "text: seen");
        await harness.RunAsync("go");
        await File.WriteAllTextAsync(Path.Join(harness.Work, "now"), "", Stop);
        await harness.Session.Background.WaitAsync(Assert.Single(harness.Session.Background.List()).Id, s_patience, Stop);
        await harness.RunAsync("and?");
        string delivery = Assert.Single(Directory.GetFiles(Path.Join(harness.Session.Directory, "notifications"), "delivery.json", SearchOption.AllDirectories));
        await harness.CloseAsync();
        await File.WriteAllTextAsync(delivery, "{}", Stop);
        harness.Options.Continue = true;
        await harness.OpenAsync();
        Assert.Null(harness.Session.Background.TakeFollowUp());
        Assert.Null(await harness.Session.Background.BeginWait()!.NextAsync(Stop));
    }

    [Fact]
    public async Task The_end_of_the_session_ends_its_commands_and_the_next_start_tells()
    {
        await using SessionHarness harness = Harness(Start("bg", "sleep 300"), "text: started");
        await harness.RunAsync("go");
        string id = Assert.Single(harness.Session.Background.List()).Id;
        List<string> lines = [];
        harness.Session.Background.Notice = lines.Add;
        await harness.CloseAsync();
        Assert.Equal(["⚠  Killing 1 background tasks:", $"  {id}  a task"], lines.Take(2));

        harness.Scripts.Clear();
        harness.Scripts.Add("text: I see");
        harness.Options.Continue = true;
        await harness.OpenAsync();
        Assert.Equal("killed", (await harness.Session.Background.WaitAsync(id, s_patience, Stop))!.Status);
        RecordedRun run = await harness.RunAsync("hello");
        Assert.Equal(["Turn hello", "Notification", "Step 1", "text I see", "TurnEnd"], run.Events);
        Assert.Equal("task.killed", run.Messages.OfType<NotificationEvent>().Single().NotificationType);
    }

    [Fact]
    public async Task A_run_without_a_person_goes_on_with_the_results()
    {
        await using SessionHarness harness = Harness(Start("bg", "while [ ! -f now ]; do sleep 0.05; done; echo done"), "text: started", "text: processed");
        await harness.RunAsync("go");
        await File.WriteAllTextAsync(Path.Join(harness.Work, "now"), "", Stop);
        Engine.Turns.Background.BackgroundWait wait = harness.Session.Background.BeginWait()!;
        Engine.Turns.Background.BackgroundFollowUp next = (await wait.NextAsync(Stop))!;
        RecordedRun follow = await harness.RunAsync(next.Prompt, options: new TurnOptions { IsSynthetic = true });
        Assert.Equal(["processed"], follow.Texts);
        Assert.Null(await wait.NextAsync(Stop));
        Assert.False(wait.TimedOut);
    }

    [Fact]
    public async Task A_hook_hears_of_what_the_model_is_told()
    {
        await using SessionHarness harness = Harness(Start("bg", "exit 3"), "text: started", "text: seen");
        harness.MoreConfig = Config + """, "hooks": [{"event": "Notification", "matcher": "^task\\.failed$", "command": "cat > hook.tmp; mv hook.tmp hook.json"}]""";
        await harness.RunAsync("go");
        await harness.Session.Background.WaitAsync(Assert.Single(harness.Session.Background.List()).Id, s_patience, Stop);
        await harness.RunAsync("and?");
        await Subagents.ForegroundSubagentTests.WaitForFileAsync(harness.Work, "hook.json");
        System.Text.Json.JsonElement hook = Engine.Text.LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Work, "hook.json"), Stop));
        Assert.Equal(
            ("Notification", "llm", "task.failed", "Background task failed: a task", "error"),
            (hook.GetProperty("hook_event_name").GetString(), hook.GetProperty("sink").GetString(), hook.GetProperty("notification_type").GetString(), hook.GetProperty("title").GetString(), hook.GetProperty("severity").GetString()));
    }

    [Fact]
    public async Task A_compaction_tells_which_tasks_still_run()
    {
        await using SessionHarness harness = Harness(Start("bg", "sleep 300"), "text: started", "text: a summary");
        await harness.RunAsync("go");
        string id = Assert.Single(harness.Session.Background.List()).Id;
        await harness.RunAsync("/compact");
        string[] context = harness.Context();
        string tasks = Assert.Single(context, static line => line.Contains("<active-background-tasks>", StringComparison.Ordinal));
        Assert.Matches(
            $"^u:<system>.*</system>\\|<active-background-tasks>\nactive_background_tasks: 1\n\n\\[1\\]\ntask_id: {id}\nkind: bash\nstatus: \\w+\ndescription: a task\n</active-background-tasks>$", tasks);
        Assert.DoesNotContain("sleep 300", tasks, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_without_tasks_makes_no_directories()
    {
        await using SessionHarness harness = Harness("text: hi");
        await harness.RunAsync("hello");
        Assert.Null(harness.Session.Background.BeginWait());
        Assert.Empty(harness.Session.Background.List());
        Assert.Empty(Directory.GetDirectories(harness.Session.Directory));
    }

    private static string Start(string id, string command) =>
        SessionHarness.ToolCall(id, "Shell", $$"""{"command": "{{command}}", "run_in_background": true, "description": "a task"}""");

    private static SessionHarness Harness(params string[] scripts)
    {
        SessionHarness harness = new(scripts) { MoreConfig = Config };
        harness.Options.Yolo = true;
        harness.Options.WorkerCommand = BackgroundFixture.WorkerCommand;
        return harness;
    }
}
