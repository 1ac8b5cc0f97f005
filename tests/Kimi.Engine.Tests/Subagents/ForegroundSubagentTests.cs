using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;
using static Kimi.Engine.Tests.Subagents.SubagentBench;

namespace Kimi.Engine.Tests.Subagents;

/// <summary>Subagents that a turn waits for.</summary>
public sealed class ForegroundSubagentTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_subagent_works_and_only_its_last_words_come_back()
    {
        await using SessionHarness harness = new(
            Call("ag", "Count.", "\"subagent_type\": \"explore\""), SessionHarness.ToolCall("in", "Shell", """{"command": "echo 3"}"""), Say(Long), "text: Three.");
        harness.Options.Yolo = true;
        RecordedRun run = await harness.RunAsync("how many?");
        string directory = harness.Agent();
        string id = Path.GetFileName(directory);
        Assert.Matches("^a[0-9a-f]{8}$", id);
        ToolReturnValue result = run.Result("ag");
        Assert.Equal(
            ($"agent_id: {id}\nresumed: false\nactual_subagent_type: explore\nstatus: completed\n\n[summary]\n{Long}", "", false),
            (result.OutputText, result.Message, result.IsError));
        Assert.Empty(result.Display);
        Assert.Equal(["c0", "u:how many?", "c1", "a: Agent#ag", $"t#ag:{result.OutputText}", "c2", "a:Three."], harness.Context());

        Assert.Equal(
            ["TurnBegin", "StepBegin", "ToolCall", "StatusUpdate", "ToolResult", "StepBegin", "ContentPart", "StatusUpdate", "TurnEnd"],
            run.Wrapped().Select(static wrapped => wrapped.Event.Type));
        Assert.All(run.Wrapped(), wrapped => Assert.Equal(("ag", id, "explore"), (wrapped.ParentToolCallId, wrapped.AgentId, wrapped.SubagentType)));
        Assert.Equal($$"""{"type":"text","text":"{{Long}}"}""", RecordedRun.Payload(run.Wrapped()[6].Event));

        Assert.Equal(["context.jsonl", "meta.json", "output", "prompt.txt", "wire.jsonl"], Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["c0", "u:Count.", "c1", "a: Shell#in", "t#in:<system>Command executed successfully.</system>|3\n", "c2", $"a:{Long}"],
            SessionHarness.Shorten(File.ReadAllLines(Path.Join(directory, "context.jsonl"))));
        Assert.StartsWith("{\"role\": \"_system_prompt\", \"content\": \"", File.ReadLines(Path.Join(directory, "context.jsonl")).First(), StringComparison.Ordinal);
        Assert.Equal("Count.", await File.ReadAllTextAsync(Path.Join(directory, "prompt.txt"), Stop));
        Assert.Equal(
            "[stage] runner_started\n[stage] agent_built\n[stage] context_restored\n[stage] context_ready\n[stage] run_soul_start\n[tool] Shell\n[tool_result] success\n"
                + $"{Long}[stage] run_soul_finished\n\n[summary]\n{Long}\n",
            Output(directory));
        string[] wire = await File.ReadAllLinesAsync(Path.Join(directory, "wire.jsonl"), Stop);
        Assert.Equal("""{"type": "metadata", "protocol_version": "1.1"}""", wire[0]);
        Assert.Equal(
            ["TurnBegin", "StepBegin", "ToolCall", "StatusUpdate", "ToolResult", "StepBegin", "ContentPart", "StatusUpdate", "TurnEnd"],
            wire.Skip(1).Select(static line => LenientJson.Parse(line).GetProperty("message").GetProperty("type").GetString()));
        JsonElement meta = Meta(directory);
        Assert.Equal(
            ["agent_id", "subagent_type", "status", "description", "created_at", "updated_at", "last_task_id", "launch_spec"], meta.EnumerateObject().Select(static member => member.Name));
        Assert.Equal(
            (id, "explore", "idle", "look around", JsonValueKind.Null),
            (meta.GetProperty("agent_id").GetString(), meta.GetProperty("subagent_type").GetString(), meta.GetProperty("status").GetString(), meta.GetProperty("description").GetString(), meta.GetProperty("last_task_id").ValueKind));
        Assert.Equal(
            $$"""{"agent_id":"{{id}}","subagent_type":"explore","model_override":null,"effective_model":null,"created_at":{{meta.GetProperty("created_at").GetRawText()}}}""",
            JsonWriter.Compose(writer => writer.Element(meta.GetProperty("launch_spec"))));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("")]
    public async Task A_short_answer_is_asked_for_again_once(string first)
    {
        await using SessionHarness harness = new(Call("ag", "Go."), $"id: x\ntext: \"{first}\"", "text: still short", "text: end");
        RecordedRun run = await harness.RunAsync("go");
        Assert.EndsWith("[summary]\nstill short", run.Result("ag").OutputText, StringComparison.Ordinal);
        string[] context = SessionHarness.Shorten(await File.ReadAllLinesAsync(Path.Join(harness.Agent(), "context.jsonl"), Stop));
        Assert.Equal(["c0", "u:Go.", "c1", $"a:{first}", "c2"], context.Take(5));
        Assert.StartsWith("u:Your previous response was too brief.", context[5], StringComparison.Ordinal);
        Assert.Equal(["c3", "a:still short"], context.Skip(6));
        Assert.Equal(2, run.Wrapped().Count(static wrapped => wrapped.Event is TurnBegin));
        Assert.Equal(1, Output(harness.Agent()).Split("run_soul_finished").Length - 1);
    }

    [Fact]
    public async Task Exactly_two_hundred_characters_are_enough()
    {
        string text = new('x', 200);
        await using SessionHarness harness = new(Call("ag", "Go."), Say(text), "text: end");
        RecordedRun run = await harness.RunAsync("go");
        Assert.EndsWith(text, run.Result("ag").OutputText, StringComparison.Ordinal);
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task Nothing_said_is_a_failure()
    {
        await using SessionHarness harness = new(Call("ag", "Go."), "text: \"\"", "text: \"\"", "text: end");
        RecordedRun run = await harness.RunAsync("go");
        AssertFailed(run.Result("ag"), "Agent completed but produced no output.", "Empty agent output");
        Assert.Equal("failed", Status(harness.Agent()));
        Assert.EndsWith("[stage] run_soul_finished\n[stage] failed: empty output\n[error] Agent completed but produced no output.\n", Output(harness.Agent()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("error: 401 bad key", "LLM API error (HTTP 401) when running agent: bad key", "API error (401)")]
    [InlineData("nonsense", "LLM provider error when running agent: ", "LLM provider error")]
    public async Task A_failing_model_is_a_failed_call(string script, string message, string brief)
    {
        await using SessionHarness harness = new(Call("ag", "Go."), script, "text: end");
        RecordedRun run = await harness.RunAsync("go");
        AssertFailed(run.Result("ag"), message, brief);
        Assert.Equal("failed", Status(harness.Agent()));
        Assert.Contains($"[stage] failed: {brief}\n[error] {message}", Output(harness.Agent()), StringComparison.Ordinal);
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task The_limit_of_steps_holds_for_it_too()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go."), SessionHarness.ToolCall("1", "Glob", """{"pattern": "*.a"}"""), SessionHarness.ToolCall("2", "Glob", """{"pattern": "*.b"}"""), "text: end");
        harness.Options.MaxStepsPerTurn = 2;
        RecordedRun run = await harness.RunAsync("go");
        AssertFailed(run.Result("ag"), "Max steps 2 reached when running agent. Please try splitting the task into smaller subtasks.", "Max steps reached");
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task The_limit_of_steps_in_the_second_turn_names_it()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go."), "text: short", SessionHarness.ToolCall("1", "Glob", """{"pattern": "*.a"}"""), SessionHarness.ToolCall("2", "Glob", """{"pattern": "*.b"}"""), "text: end");
        harness.Options.MaxStepsPerTurn = 2;
        RecordedRun run = await harness.RunAsync("go");
        AssertFailed(run.Result("ag"), "Max steps 2 reached when continuing the agent summary. Please try splitting the task into smaller subtasks.", "Max steps reached");
    }

    [Theory]
    [InlineData("\"subagent_type\": \"poet\"", "Failed to run agent: 'Builtin subagent type not found: poet'", "Agent failed")]
    [InlineData("\"resume\": \"a00000000\"", "Failed to run agent: Subagent instance not found: a00000000", "Agent failed")]
    [InlineData("\"resume\": \"../..\"", "Failed to run agent: Subagent instance not found: ../..", "Agent failed")]
    [InlineData("\"model\": \"ghost\"", "Unknown model alias: ghost", "Invalid model alias")]
    [InlineData("\"subagent_type\": \"poet\", \"run_in_background\": true", "Builtin subagent type not found: poet", "Invalid subagent type")]
    [InlineData("\"resume\": \"a00000000\", \"run_in_background\": true", "Subagent instance not found: a00000000", "Agent not found")]
    public async Task What_cannot_be_started_is_said(string arguments, string message, string brief)
    {
        await using SessionHarness harness = new(Call("ag", "Go.", arguments), "text: end");
        RecordedRun run = await harness.RunAsync("go");
        AssertFailed(run.Result("ag"), message, brief);
        Assert.Empty(harness.Agents());
    }

    [Fact]
    public async Task An_empty_type_is_a_coder()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", "\"subagent_type\": \"\""), Say(Long), "text: end");
        Assert.Contains("actual_subagent_type: coder\n", (await harness.RunAsync("go")).Result("ag").OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subagent_is_resumed_with_what_it_knows_and_with_its_own_type()
    {
        await using SessionHarness harness = new(Call("one", "First.", "\"subagent_type\": \"explore\""), Say(Long), "text: end");
        await harness.RunAsync("go");
        string directory = harness.Agent();
        string id = Path.GetFileName(directory);
        string prompt = File.ReadLines(Path.Join(directory, "context.jsonl")).First();
        await harness.CloseAsync();

        harness.Scripts.Clear();
        harness.Scripts.AddRange([SessionHarness.ToolCall("two", "Agent", $$"""{"description": "again", "prompt": "Second.", "resume": "{{id}}"}"""), Say(Long + " More."), "text: end"]);
        harness.Options.Continue = true;
        RecordedRun run = await harness.RunAsync("go on");
        Assert.StartsWith(
            $"agent_id: {id}\nresumed: true\nrequested_subagent_type: coder\nactual_subagent_type: explore\nstatus: completed\n", run.Result("two").OutputText, StringComparison.Ordinal);
        Assert.Equal(directory, harness.Agent());
        string[] lines = await File.ReadAllLinesAsync(Path.Join(directory, "context.jsonl"), Stop);
        Assert.Equal(prompt, lines[0]);
        Assert.Equal(["c0", "u:First.", "c1", $"a:{Long}", "c2", "u:Second.", "c3", $"a:{Long} More."], SessionHarness.Shorten(lines));
        Assert.Equal("Second.", await File.ReadAllTextAsync(Path.Join(directory, "prompt.txt"), Stop));
        Assert.Equal("again", Meta(directory).GetProperty("description").GetString());
        Assert.Single(await File.ReadAllLinesAsync(Path.Join(directory, "wire.jsonl"), Stop), static line => line.Contains("metadata", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_subagent_is_not_run_twice_at_the_same_time()
    {
        await using SessionHarness harness = new(Call("one", "First."), Say(Long), "text: end");
        await harness.RunAsync("go");
        string id = Path.GetFileName(harness.Agent());
        await harness.CloseAsync();
        string Resume(string call) => SessionHarness.ToolCall(call, "Agent", $$"""{"description": "again", "prompt": "{{call}}", "resume": "{{id}}"}""");
        harness.Scripts.Clear();
        harness.Scripts.AddRange([Resume("x") + "\n" + Resume("y"), SessionHarness.ToolCall("in", "Shell", """{"command": "true"}"""), Say(Long), "text: end"]);
        harness.Options.Continue = true;

        // The first call asks for permission, so it still runs when the second is looked at.
        TaskCompletionSource<ToolReturnValue> refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Options.Approve = async (_, stop) =>
        {
            await refused.Task.WaitAsync(stop);
            return new ApprovalAnswer(ApprovalResponseKind.Approve);
        };
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        Task watching = Task.Run(
            async () =>
            {
                await foreach (WireMessage message in messages.ReadAllAsync(Stop))
                {
                    if (message is ToolResultEvent { ReturnValue.IsError: true } result)
                    {
                        refused.TrySetResult(result.ReturnValue);
                        return;
                    }
                }
            },
            Stop);
        RecordedRun run = await harness.RunAsync("go on");
        await watching;
        ToolReturnValue failure = Assert.Single(run.Messages.OfType<ToolResultEvent>(), static result => result.ReturnValue.IsError).ReturnValue;
        AssertFailed(failure, $"Failed to run agent: Agent instance {id} is still running_foreground and cannot be resumed concurrently.", "Agent failed");
        Assert.Equal("idle", Status(harness.Agent()));
    }

    [Fact]
    public async Task Permission_is_asked_for_in_the_open_with_the_name_of_the_asker()
    {
        await using SessionHarness harness = new(Call("ag", "Go."), SessionHarness.ToolCall("in", "Shell", """{"command": "echo hi"}"""), Say(Long), "text: end");
        List<ApprovalRequest> asked = [];
        await harness.OpenAsync();
        using WireSubscription messages = harness.Session.Hub.Subscribe();
        Task answering = Task.Run(
            async () =>
            {
                await foreach (WireMessage message in messages.ReadAllAsync(Stop))
                {
                    if (message is ApprovalRequest request)
                    {
                        asked.Add(request);
                        request.Respond(new ApprovalAnswer(ApprovalResponseKind.Reject));
                        return;
                    }
                }
            },
            Stop);
        RecordedRun run = await harness.RunAsync("go");
        await answering;
        ApprovalRequest only = Assert.Single(asked);
        string id = Path.GetFileName(harness.Agent());
        Assert.Equal(("foreground_turn", id, "coder", "in"), (only.SourceKind, only.AgentId, only.SubagentType, only.ToolCallId));
        Assert.Matches("^[0-9a-f]{32}$", only.SourceId);

        // A rejection is the subagent's own problem: it goes on, and so does the turn.
        ToolResultEvent rejected = run.Wrapped().Select(static wrapped => wrapped.Event).OfType<ToolResultEvent>().Single();
        Assert.Equal("Rejected by user", rejected.ReturnValue.Brief);
        Assert.StartsWith("The tool call is rejected by the user. Try a different approach to complete your task", rejected.ReturnValue.Message, StringComparison.Ordinal);
        Assert.False(run.Result("ag").IsError);
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
        Assert.Contains("[tool] Shell\n[tool_result] error: Rejected by user\n", Output(harness.Agent()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turn_that_is_cancelled_ends_its_subagents()
    {
        await using SessionHarness harness = new(Call("ag", "Go."), SessionHarness.ToolCall("in", "Shell", """{"command": "echo > here; sleep 300"}"""));
        harness.Options.Yolo = true;
        await harness.OpenAsync();
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<RecordedRun> running = harness.RunAsync("go", cancel.Token);
        await WaitForFileAsync(harness.Work, "here");
        await cancel.CancelAsync();
        RecordedRun run = await running;
        Assert.Equal(Engine.Turns.TurnStatus.Cancelled, run.Outcome.Status);
        Assert.Equal("killed", Status(harness.Agent()));
        Assert.EndsWith("[stage] cancelled\n", Output(harness.Agent()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subagent_has_its_time_and_no_more()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", "\"timeout\": 30"), SessionHarness.ToolCall("in", "Shell", """{"command": "echo > here; sleep 300"}"""), "text: end");
        Kimi.Testing.ManualTimeProvider time = new();
        harness.Options.Time = time;
        harness.Options.Yolo = true;
        await harness.OpenAsync();
        Task<RecordedRun> running = harness.RunAsync("go");
        await WaitForFileAsync(harness.Work, "here");
        time.Advance(TimeSpan.FromSeconds(30));
        RecordedRun run = await running;
        AssertFailed(run.Result("ag"), "Agent timed out after 30s.", "Agent timed out (30s)");
        Assert.Equal("killed", Status(harness.Agent()));
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task A_subagent_starts_no_subagents_and_no_tasks()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go.", "\"subagent_type\": \"boss\""),
            Call("deep", "Deeper.") + "\n" + SessionHarness.ToolCall("bg", "Shell", """{"command": "true", "run_in_background": true, "description": "x"}""") + "\n" + SessionHarness.ToolCall("list", "TaskList"),
            Say(Long),
            "text: end");
        harness.Options.Yolo = true;
        harness.Options.AgentFile = harness.Write("agent.yaml", """
            version: 1
            agent:
              extend: default
              subagents:
                boss:
                  path: ./boss.yaml
                  description: Tries everything.
            """);
        harness.Write("boss.yaml", """
            version: 1
            agent:
              extend: default
            """);
        RecordedRun run = await harness.RunAsync("go");
        ToolReturnValue Of(string call) => run.Wrapped().Select(static wrapped => wrapped.Event).OfType<ToolResultEvent>().Single(result => result.ToolCallId == call).ReturnValue;
        AssertFailed(Of("deep"), "Subagents cannot launch other subagents.", "Agent unavailable");
        AssertFailed(Of("bg"), "Failed to start background task: Background tasks are only supported from the root agent.", "Start failed");
        AssertFailed(Of("list"), "Background tasks can only be managed by the root agent.", "Background task unavailable");
    }

    [Fact]
    public async Task Its_to_do_list_is_its_own()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go.", "\"subagent_type\": \"boss\""), SessionHarness.ToolCall("todo", "SetTodoList", """{"todos": [{"title": "inner", "status": "pending"}]}"""), Say(Long), "text: end");
        harness.Options.AgentFile = harness.Write("agent.yaml", "agent:\n  extend: default\n  subagents:\n    boss:\n      path: ./boss.yaml\n      description: d\n");
        harness.Write("boss.yaml", "agent:\n  extend: default\n");
        await harness.RunAsync("go");
        Assert.Equal("inner", LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Agent(), "state.json"), Stop)).GetProperty("todos")[0].GetProperty("title").GetString());
        Assert.False(harness.State().TryMember("todos", out JsonElement todos) && todos.GetArrayLength() > 0);
    }

    [Fact]
    public async Task Plan_mode_holds_for_it_as_it_was_at_its_start()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go."), SessionHarness.ToolCall("in", "WriteFile", """{"path": "a.txt", "content": "x"}"""), Say(Long), "text: end");
        harness.Options.Plan = true;
        harness.Options.Yolo = true;
        RecordedRun run = await harness.RunAsync("go");
        ToolReturnValue refused = run.Wrapped().Select(static wrapped => wrapped.Event).OfType<ToolResultEvent>().Single().ReturnValue;
        AssertFailed(refused, "Plan mode is active. You may only edit the current plan file:", "Plan mode restriction");
        Assert.False(File.Exists(Path.Join(harness.Work, "a.txt")));
        string[] context = SessionHarness.Shorten(await File.ReadAllLinesAsync(Path.Join(harness.Agent(), "context.jsonl"), Stop));
        Assert.DoesNotContain(context, static line => line.Contains("system-reminder", StringComparison.Ordinal));
        Assert.All(run.Wrapped().Select(static wrapped => wrapped.Event).OfType<StatusUpdate>(), static status => Assert.True(status.PlanMode));
    }

    [Fact]
    public async Task The_types_are_described_to_the_model()
    {
        await using SessionHarness harness = new("text: hi");
        await harness.OpenAsync();
        string description = harness.Session.ToolDefinitions.Single(static tool => tool.Name == "Agent").Description;
        Assert.Contains(
            "- `coder`: Good at general software engineering tasks. (Tools: Shell, ReadFile, ReadMediaFile, Glob, Grep, WriteFile, StrReplaceFile, SearchWeb, FetchURL, Model: inherit, Background: yes). When to use: ",
            description, StringComparison.Ordinal);
        Assert.Contains("\n- `explore`: ", description, StringComparison.Ordinal);
        Assert.Contains("\n- `plan`: ", description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_file_of_a_type_stops_the_start()
    {
        await using SessionHarness harness = new("text: hi");
        harness.Options.AgentFile = harness.Write("agent.yaml", "agent:\n  extend: default\n  subagents:\n    boss:\n      path: ./missing.yaml\n      description: d\n");
        KimiStartupException error = await Assert.ThrowsAsync<KimiStartupException>(harness.OpenAsync);
        Assert.StartsWith("Agent spec file not found: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_model_may_do_the_work()
    {
        await using SessionHarness harness = new(Call("ag", "Go.", "\"model\": \"other\""), "text: end");
        string scripts = harness.Write("other.json", $"""["text: {Long}"]""");
        harness.MoreModels = """, "other": {"provider": "o", "model": "scripted_echo", "max_context_size": 5000}""";
        harness.MoreProviders = $$$""", "o": {"type": "_scripted_echo", "base_url": "", "api_key": "", "env": {"KIMI_SCRIPTED_ECHO_SCRIPTS": {{{JsonWriter.Compose(writer => writer.Text(scripts))}}}} }""";
        RecordedRun run = await harness.RunAsync("go");
        Assert.EndsWith(Long, run.Result("ag").OutputText, StringComparison.Ordinal);
        JsonElement launch = Meta(harness.Agent()).GetProperty("launch_spec");
        Assert.Equal(("other", "other"), (launch.GetProperty("model_override").GetString(), launch.GetProperty("effective_model").GetString()));
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task What_another_process_left_running_has_failed()
    {
        await using SessionHarness harness = new(Call("ag", "Go."), Say(Long), "text: end");
        await harness.RunAsync("go");
        string meta = Path.Join(harness.Agent(), "meta.json");
        await harness.CloseAsync();
        foreach (string status in new[] { "running_foreground", "running_background", "killed" })
        {
            await File.WriteAllTextAsync(meta, System.Text.RegularExpressions.Regex.Replace(await File.ReadAllTextAsync(meta, Stop), "\"status\": \"\\w+\"", $"\"status\": \"{status}\""), Stop);
            harness.Options.Continue = true;
            await harness.OpenAsync();
            Assert.Equal(status == "killed" ? "killed" : "failed", Status(harness.Agent()));
            await harness.CloseAsync();
        }
    }

    [Fact]
    public async Task What_it_uses_counts_for_the_turn()
    {
        await using SessionHarness harness = new(
            "usage: input_other=10 output=1\n" + Call("ag", "Go."), $"usage: input_other=100 output=20\n{Say(Long)}", "usage: input_other=5\ntext: end");
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal((115, 21), (run.Outcome.Usage!.InputOther, run.Outcome.Usage.Output));
    }

    [Fact]
    public async Task An_explorer_is_told_of_the_repository_once()
    {
        Assert.SkipWhen(Engine.Hosts.LocalHost.FindProgram("git") is null, "needs git");
        await using SessionHarness harness = new(Call("ag", "Look.", "\"subagent_type\": \"explore\""), Say(Long), "text: end");
        using (System.Diagnostics.Process git = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("git", ["init", "-q", "-b", "trunk", harness.Work]))!)
        {
            await git.WaitForExitAsync(Stop);
        }

        await harness.RunAsync("go");
        Assert.Equal(
            $"<git-context>\nWorking directory: {harness.Work}\nBranch: trunk\n</git-context>\n\nLook.", await File.ReadAllTextAsync(Path.Join(harness.Agent(), "prompt.txt"), Stop));
    }

    [Fact]
    public async Task Hooks_of_its_start_are_the_turn_s_and_those_of_its_work_its_own()
    {
        await using SessionHarness harness = new(
            Call("ag", "Go."), SessionHarness.ToolCall("in", "Glob", """{"pattern": "*.a"}"""), Say(Long), "text: end");
        harness.MoreConfig = """
            "hooks": [
              {"event": "SubagentStart", "command": "cat > start.json"},
              {"event": "SubagentStop", "command": "cat > stop.tmp; mv stop.tmp stop.json"},
              {"event": "Stop", "command": "true"}
            ]
            """;
        await harness.OpenAsync();
        harness.Session.Register(new ClientRegistration { Hooks = [new ClientHook("mine", "PreToolUse", "Glob", 300)] });
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal("end", run.Outcome.FinalMessage!.ExtractText());
        Assert.DoesNotContain(run.Messages, static message => message is HookRequest);
        Assert.Equal(
            ["PreToolUse Glob", "Stop "], run.Wrapped().Select(static wrapped => wrapped.Event).OfType<HookTriggered>().Select(static hook => $"{hook.Event} {hook.Target}"));
        Assert.Equal(
            "SubagentStart coder", run.Messages.OfType<HookTriggered>().Select(static hook => $"{hook.Event} {hook.Target}").First());
        Assert.True(run.Messages.ToList().FindIndex(static message => message is HookResolved { Event: "SubagentStart" })
            < run.Messages.ToList().FindIndex(static message => message is SubagentEvent { Event: TurnBegin }));
        JsonElement start = LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Work, "start.json"), Stop));
        Assert.Equal(("coder", "Go."), (start.GetProperty("agent_name").GetString(), start.GetProperty("prompt").GetString()));
        await WaitForFileAsync(harness.Work, "stop.json");
        JsonElement stop = LenientJson.Parse(await File.ReadAllTextAsync(Path.Join(harness.Work, "stop.json"), Stop));
        Assert.Equal(("coder", Long), (stop.GetProperty("agent_name").GetString(), stop.GetProperty("response").GetString()));
    }

    internal static async Task WaitForFileAsync(string directory, string name)
    {
        TaskCompletionSource made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(directory, name);
        watcher.Created += (_, _) => made.TrySetResult();
        watcher.Renamed += (_, _) => made.TrySetResult();
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(Path.Join(directory, name)))
        {
            await made.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        }
    }

    internal static void AssertFailed(ToolReturnValue result, string message, string brief)
    {
        Assert.True(result.IsError);
        Assert.StartsWith(message, result.Message, StringComparison.Ordinal);
        Assert.Equal(brief, result.Brief);
    }
}
