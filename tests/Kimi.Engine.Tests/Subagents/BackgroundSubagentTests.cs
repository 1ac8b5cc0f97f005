using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;
using Kimi.Testing;
using static Kimi.Engine.Tests.Subagents.SubagentBench;

namespace Kimi.Engine.Tests.Subagents;

/// <summary>Subagents that run as background tasks.</summary>
public sealed class BackgroundSubagentTests
{
    private const string InBackground = "\"run_in_background\": true";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_works_on_while_the_turn_ends_and_is_reported_in_the_next()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go.", InBackground + ", \"model\": \"other\""), "text: started", "text: seen");
        WithOther(harness, Say(Long));
        RecordedRun run = await harness.RunAsync("go");
        string directory = harness.Agent();
        string id = Path.GetFileName(directory);
        string task = Assert.Single(harness.Session.Background.List()).Id;
        Assert.Matches("^agent-[0-9a-z]{8}$", task);
        ToolReturnValue result = run.Result("ag");
        Assert.Equal("Background task started.", result.Message);
        Assert.Empty(result.Display);
        string[] lines = result.OutputText!.Split('\n');
        Assert.Equal(
            [$"task_id: {task}", "kind: agent", "status: starting", "description: look around", $"agent_id: {id}", "actual_subagent_type: coder", "automatic_notification: true"], lines.Take(7));
        Assert.Equal($"resume_hint: Use Agent(resume=\"{id}\", prompt=\"...\") to continue this instance later.", lines[^1]);
        Assert.Equal(2, lines.Count(static line => line.StartsWith("next_step: ", StringComparison.Ordinal)));

        BackgroundTaskInfo ended = (await harness.Session.Background.WaitAsync(task, s_patience, Stop))!;
        Assert.Equal(("completed", null, null, id, "coder"), (ended.Status, ended.Reason, ended.ExitCode, ended.AgentId, ended.SubagentType));
        Assert.Equal("idle", Status(directory));
        Assert.Equal(task, Meta(directory).GetProperty("last_task_id").GetString());
        Assert.Equal(Output(directory), harness.Session.Background.ReadOutput(task, 0).Text);
        Assert.EndsWith($"[summary]\n{Long}\n", Output(directory), StringComparison.Ordinal);
        JsonElement spec = LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Session.Directory, "tasks", task, "spec.json"), Stop));
        Assert.Equal(
            $$"""{"agent_id":"{{id}}","subagent_type":"coder","prompt":"Go.","model_override":"other","launch_mode":"background"}""",
            JsonWriter.Compose(writer => writer.Element(spec.GetProperty("kind_payload"))));
        Assert.Equal(900, spec.GetProperty("timeout_s").GetInt32());
        JsonElement runtime = LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Session.Directory, "tasks", task, "runtime.json"), Stop));
        Assert.Equal(JsonValueKind.Null, runtime.GetProperty("started_at").ValueKind);

        RecordedRun second = await harness.RunAsync("and?");
        Assert.Empty(run.Wrapped().Concat(second.Wrapped()));
        Assert.Equal(["Turn and?", "Notification", "Step 1", "text seen", "TurnEnd"], second.Events);
        NotificationEvent notification = second.Messages.OfType<NotificationEvent>().Single();
        Assert.Equal(("task.completed", task, JsonValueKind.Null), (notification.NotificationType, notification.SourceId, notification.Payload.GetProperty("duration_s").ValueKind));
        Assert.Contains($"<task-notification>\nTask ID: {task}\nTask Type: agent\n", harness.Context()[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_is_the_failure_of_the_task()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", InBackground + ", \"model\": \"other\""), "text: started");
        WithOther(harness, "error: 401 bad key");
        await harness.RunAsync("go");
        BackgroundTaskInfo ended = await EndAsync(harness);
        Assert.Equal(("failed", "LLM API error (HTTP 401) when running agent: bad key", false), (ended.Status, ended.Reason, ended.TimedOut));
        Assert.Equal("failed", Status(harness.Agent()));
    }

    [Fact]
    public async Task While_it_asks_for_permission_the_task_says_so()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", InBackground + ", \"model\": \"other\""), "text: started");
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""), Say(Long));
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        await harness.RunAsync("go");
        ApprovalRequest request = await NextAsync<ApprovalRequest>(messages);
        BackgroundTaskInfo task = await WithStatusAsync(harness, "awaiting_approval");
        Assert.Equal("Run command `echo hi`", task.Reason);
        Assert.Equal(("background_agent", task.Id, Path.GetFileName(harness.Agent()), "coder"), (request.SourceKind, request.SourceId, request.AgentId, request.SubagentType));
        Assert.Equal("running_background", Status(harness.Agent()));

        request.Respond(new ApprovalAnswer(ApprovalResponseKind.Approve));
        BackgroundTaskInfo ended = await EndAsync(harness);
        Assert.Equal(("completed", null), (ended.Status, ended.Reason));
        Assert.Contains("[tool] Shell\n[tool_result] success\n", Output(harness.Agent()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_agent_asks_no_longer()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", InBackground + ", \"model\": \"other\""), "text: started");
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""), Say(Long));
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        await harness.RunAsync("go");
        ApprovalRequest request = await NextAsync<ApprovalRequest>(messages);
        BackgroundTaskInfo stopped = harness.Session.Background.Stop(request.SourceId!, "no longer needed")!;
        Assert.Equal(("killed", "no longer needed", true), (stopped.Status, stopped.Reason, stopped.Interrupted));
        ApprovalResponse response = await NextAsync<ApprovalResponse>(messages);
        Assert.Equal((request.Id, ApprovalResponseKind.Reject), (response.RequestId, response.Response));
        await harness.CloseAsync();
        string meta = Assert.Single(Directory.GetFiles(harness.Share, "meta.json", SearchOption.AllDirectories));
        Assert.Equal("killed", Status(Path.GetDirectoryName(meta)!));
    }

    [Fact]
    public async Task It_has_its_time_and_no_more()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", InBackground + ", \"model\": \"other\", \"timeout\": 40"), "text: started");
        ManualTimeProvider time = new();
        harness.Options.Time = time;
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""), Say(Long));
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        await harness.RunAsync("go");
        ApprovalRequest request = await NextAsync<ApprovalRequest>(messages);
        time.Advance(TimeSpan.FromSeconds(40));
        await NextAsync<ApprovalResponse>(messages);
        BackgroundTaskInfo ended = await WithStatusAsync(harness, "failed");
        Assert.Equal((request.SourceId, "Agent task timed out after 40s", true), (ended.Id, ended.Reason, ended.TimedOut));
        Assert.Equal("failed", Status(harness.Agent()));
    }

    [Fact]
    public async Task The_end_of_the_session_is_its_end()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", InBackground + ", \"model\": \"other\""), "text: started");
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""));
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        await harness.RunAsync("go");
        ApprovalRequest request = await NextAsync<ApprovalRequest>(messages);
        List<string> lines = [];
        harness.Session.Background.Notice = lines.Add;
        await harness.CloseAsync();
        Assert.Equal(["⚠  Killing 1 background tasks:", $"  {request.SourceId}  look around"], lines);

        harness.Scripts.Clear();
        harness.Scripts.Add("text: I see");
        harness.Options.Continue = true;
        RecordedRun next = await harness.RunAsync("hello again");
        NotificationEvent notification = next.Messages.OfType<NotificationEvent>().Single();
        Assert.Equal("task.killed", notification.NotificationType);
        Assert.Contains("Failure reason: CLI session ended", notification.Body, StringComparison.Ordinal);
        Assert.Equal("killed", Status(harness.Agent()));
    }

    [Fact]
    public async Task Too_many_tasks_leave_no_trace_of_another()
    {
        await using SessionHarness harness = new(
            Call("one", "Go.", InBackground + ", \"model\": \"other\""), Call("two", "Go.", InBackground), "text: full");
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""));
        harness.MoreConfig = "\"background\": {\"max_running_tasks\": 1}";
        RecordedRun run = await harness.RunAsync("go");
        ForegroundSubagentTests.AssertFailed(run.Result("two"), "Too many background tasks are already running.", "Background start failed");
        Assert.Single(harness.Agents());
    }

    [Fact]
    public async Task A_running_agent_is_not_resumed()
    {
        await using SessionHarness harness = new(Call("ag", "Go."), Say(Long), "text: end");
        await harness.RunAsync("go");
        string id = Path.GetFileName(harness.Agent());
        await harness.CloseAsync();
        string Resume(string call) => SessionHarness.ToolCall(call, "Agent", $$"""{"description": "again", "prompt": "{{call}}", "resume": "{{id}}", "run_in_background": true, "model": "other"}""");
        harness.Scripts.Clear();
        harness.Scripts.AddRange([Resume("x") + "\n" + Resume("y"), "text: end"]);
        harness.Options.Continue = true;
        WithOther(harness, SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""));
        RecordedRun run = await harness.RunAsync("go on");
        ToolReturnValue refused = Assert.Single(run.Messages.OfType<ToolResultEvent>(), static result => result.ReturnValue.IsError).ReturnValue;
        ForegroundSubagentTests.AssertFailed(refused, $"Agent instance {id} is still running_background and cannot be resumed concurrently.", "Agent already running");
        Assert.Equal("running_background", Status(harness.Agent()));
    }

    private static void WithOther(SessionHarness harness, params string[] scripts)
    {
        string file = harness.Write("other.json", JsonWriter.Compose(writer =>
        {
            writer.BeginArray();
            foreach (string script in scripts)
            {
                writer.Text(script);
            }

            writer.EndArray();
        }));
        harness.MoreModels = """, "other": {"provider": "o", "model": "scripted_echo", "max_context_size": 5000}""";
        harness.MoreProviders = $$$""", "o": {"type": "_scripted_echo", "base_url": "", "api_key": "", "env": {"KIMI_SCRIPTED_ECHO_SCRIPTS": {{{JsonWriter.Compose(writer => writer.Text(file))}}}} }""";
    }

    private static async Task<BackgroundTaskInfo> EndAsync(SessionHarness harness)
    {
        string id = Assert.Single(harness.Session.Background.List()).Id;
        return (await harness.Session.Background.WaitAsync(id, s_patience, Stop))!;
    }

    private static async Task<T> NextAsync<T>(WireSubscription messages)
        where T : WireMessage
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(s_patience);
        await foreach (WireMessage message in messages.ReadAllAsync(limit.Token))
        {
            if (message is T found)
            {
                return found;
            }
        }

        throw new InvalidOperationException("The session ended.");
    }

    /// <summary>Waits until the only task has a state: its file is replaced when it changes.</summary>
    private static async Task<BackgroundTaskInfo> WithStatusAsync(SessionHarness harness, string status)
    {
        string id = Assert.Single(harness.Session.Background.List()).Id;
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(Path.Join(harness.Session.Directory, "tasks", id), "runtime.json");
        void Look(object? sender, EventArgs e)
        {
            if (harness.Session.Background.Find(id)!.Status == status)
            {
                reached.TrySetResult();
            }
        }

        watcher.Renamed += Look;
        watcher.EnableRaisingEvents = true;
        Look(null, EventArgs.Empty);
        await reached.Task.WaitAsync(s_patience, Stop);
        return harness.Session.Background.Find(id)!;
    }
}
