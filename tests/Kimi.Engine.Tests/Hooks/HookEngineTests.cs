using System.Diagnostics;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Hooks;

/// <summary>Hooks as real processes of <c>sh</c>.</summary>
public sealed class HookEngineTests : IDisposable
{
    private readonly TempDirectory _dir = new();
    private readonly List<string> _log = [];

    public HookEngineTests() => Assert.SkipWhen(OperatingSystem.IsWindows(), "the commands of these tests are written for sh");

    public void Dispose() => _dir.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("exit 0", false, "")]
    [InlineData("echo no >&2; exit 2", true, "no")]
    [InlineData("exit 2", true, "")]
    [InlineData("printf ' \\n two\\nlines \\n' >&2; exit 2", true, "two\nlines")]
    [InlineData("echo loud; echo why >&2; exit 1", false, "")]
    [InlineData("exit 3", false, "")]
    [InlineData("kill -9 $$", false, "")]
    [InlineData("no-such-command-anywhere", false, "")]
    [InlineData("echo '{\"hookSpecificOutput\": {\"permissionDecision\": \"deny\", \"permissionDecisionReason\": \"because\"}}'", true, "because")]
    [InlineData("echo '{\"hookSpecificOutput\": {\"permissionDecision\": \"deny\"}}'", true, "")]
    [InlineData("echo '{\"hookSpecificOutput\": {\"permissionDecision\": \"deny\", \"permissionDecisionReason\": 5}}'", true, "5")]
    [InlineData("echo '{\"hookSpecificOutput\": {\"permissionDecision\": \"deny\"}}'; exit 1", false, "")]
    [InlineData("echo '{\"hookSpecificOutput\": {\"permissionDecision\": \"allow\"}}'", false, "")]
    [InlineData("echo '{\"hookSpecificOutput\": \"deny\"}'", false, "")]
    [InlineData("echo '{\"decision\": \"block\", \"continue\": false}'", false, "")]
    [InlineData("echo '[{\"hookSpecificOutput\": {\"permissionDecision\": \"deny\"}}]'", false, "")]
    [InlineData("echo '{broken'", false, "")]
    [InlineData("echo deny", false, "")]
    [InlineData("printf '\\377\\376' ; printf 'b\\377d' >&2; exit 2", true, "b\uFFFDd")]
    public async Task Decisions(string command, bool block, string reason)
    {
        await using HookEngine engine = Engine(Hook("PreToolUse", command));
        HookOutcome outcome = Assert.Single(await engine.TriggerAsync(HookEvent.PreToolUse, "Shell", HookPayload.Stop(), Token));
        Assert.Equal((block, reason, false), (outcome.Block, outcome.Reason, outcome.TimedOut));
    }

    [Fact]
    public async Task InputIsOneEscapedObjectAndTheDirectoryIsTheSessions()
    {
        await using HookEngine engine = Engine(Hook("UserPromptSubmit", "cat > in.json; pwd > cwd"));
        await engine.TriggerAsync(HookEvent.UserPromptSubmit, "x", HookPayload.Prompt("é\n😀\""), Token);
        Assert.Equal(
            $$"""{"hook_event_name": "UserPromptSubmit", "session_id": "s1", "cwd": "{{_dir.Path}}", "prompt": "\u00e9\n\ud83d\ude00\""}""",
            await File.ReadAllTextAsync(_dir.At("in.json"), Token));
        Assert.Equal(_dir.Path, (await File.ReadAllTextAsync(_dir.At("cwd"), Token)).Trim());
    }

    [Fact]
    public async Task OnlyMatchingHooksOfTheEventRun()
    {
        await using HookEngine engine = Engine(
            Hook("PreToolUse", "echo a >&2; exit 2", "^Shell$"),
            Hook("PreToolUse", "echo b >&2; exit 2", "Glob"),
            Hook("PreToolUse", "echo c >&2; exit 2", "["),
            Hook("PostToolUse", "echo d >&2; exit 2"),
            Hook("PreToolUse", "echo e >&2; exit 2"));
        Assert.Equal(["a", "e"], Reasons(await engine.TriggerAsync(HookEvent.PreToolUse, "Shell", HookPayload.Stop(), Token)));
        Assert.Empty(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token));
    }

    [Fact]
    public async Task IdenticalCommandsRunOncePerTriggerAndOrderIsThatOfTheConfiguration()
    {
        await using HookEngine engine = Engine(
            Hook("Stop", "sleep 0.3; echo slow >&2; exit 2"),
            Hook("Stop", "echo x >> ran; echo quick >&2; exit 2"),
            Hook("Stop", "echo x >> ran; echo quick >&2; exit 2", "^"));
        IReadOnlyList<HookOutcome> outcomes = await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token);
        Assert.Equal(["slow", "quick"], Reasons(outcomes));
        Assert.Equal("x\n", await File.ReadAllTextAsync(_dir.At("ran"), Token));
        Assert.Equal("slow", HookOutcome.FirstBlock(outcomes).Reason);
    }

    [Fact]
    public async Task HooksRunInParallel()
    {
        // Each waits for the other's file: one after the other would run into the limit.
        await using HookEngine engine = Engine(
            Hook("Stop", "touch a; while [ ! -e b ]; do sleep 0.02; done; exit 2"),
            Hook("Stop", "touch b; while [ ! -e a ]; do sleep 0.02; done; exit 2"));
        Assert.All(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token), o => Assert.True(o.Block));
    }

    [Fact]
    public async Task TimeOutAllowsAndKillsTheWholeTree()
    {
        await using HookEngine engine = Engine(Hook("Stop", "(sleep 30; touch survived) & sh -c 'trap \"\" TERM; sleep 60; exit 2'; exit 2", timeout: 1));
        HookOutcome outcome = Assert.Single(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token));
        Assert.Equal((false, true), (outcome.Block, outcome.TimedOut));
        Assert.Contains(_log, line => line.StartsWith("Hook timed out after 1s", StringComparison.Ordinal));
        await AssertNoneLeftAsync();
    }

    [Fact]
    public async Task AFloodIsReadAndDropped()
    {
        await using HookEngine engine = Engine(
            Hook("Stop", "head -c 50000000 /dev/zero; head -c 50000000 /dev/zero >&2; exit 2"));
        HookOutcome outcome = Assert.Single(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token));
        Assert.True(outcome.Block);
        Assert.InRange(outcome.Reason.Length, 1, 1024 * 1024);
    }

    [Fact]
    public async Task AJobThatOutlivesTheHookDoesNotHoldTheTrigger()
    {
        await using HookEngine engine = Engine(Hook("Stop", "sleep 30 & echo $! > pid; echo done >&2; exit 2"));
        Assert.Equal(["done"], Reasons(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token)
            .WaitAsync(TimeSpan.FromSeconds(10), Token)));
        using var job = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(_dir.At("pid"), Token), null));
        job.Kill();
    }

    [Fact]
    public async Task AHookThatReadsNothingOfALargeInputEnds()
    {
        await using HookEngine engine = Engine(Hook("UserPromptSubmit", "echo ok >&2; exit 2"));
        Assert.Equal(["ok"], Reasons(await engine.TriggerAsync(
            HookEvent.UserPromptSubmit, "x", HookPayload.Prompt(new string('x', 5_000_000)), Token).WaitAsync(TimeSpan.FromSeconds(20), Token)));
    }

    [Fact]
    public async Task ALargeInputArrivesWhole()
    {
        await using HookEngine engine = Engine(Hook("UserPromptSubmit", "wc -c >&2; exit 2"));
        string count = Assert.Single(Reasons(await engine.TriggerAsync(
            HookEvent.UserPromptSubmit, "x", HookPayload.Prompt(new string('x', 3_000_000)), Token)));
        Assert.InRange(int.Parse(count, null), 3_000_000, 3_001_000);
    }

    [Fact]
    public async Task CancellationKillsAndIsPassedOn()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using HookEngine engine = Engine(Hook("Stop", "touch started; sleep 60"));
        Task<IReadOnlyList<HookOutcome>> running = engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), cancel.Token);
        await _dir.WaitForFileAsync("started", Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await AssertNoneLeftAsync();
    }

    [Fact]
    public async Task AVanishedWorkDirectoryAllows()
    {
        await using HookEngine engine = Engine(Hook("Stop", "exit 2"));
        _dir.Dispose();
        Assert.False(Assert.Single(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token)).Block);
        Assert.NotEmpty(_log);
    }

    [Fact]
    public async Task AFailingPayloadGivesAnEmptyResult()
    {
        await using HookEngine engine = Engine(Hook("Stop", "exit 2"));
        Assert.Empty(await engine.TriggerAsync(HookEvent.Stop, "", static _ => throw new InvalidOperationException("x"), Token));
    }

    [Fact]
    public async Task FireDoesNotWaitAndDisposalKills()
    {
        HookEngine engine = Engine(Hook("PostToolUse", "touch started; sleep 60; touch finished"));
        engine.Fire(HookEvent.PostToolUse, "Shell", HookPayload.Stop());
        await _dir.WaitForFileAsync("started", Token);
        await engine.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.False(File.Exists(_dir.At("finished")));
        await AssertNoneLeftAsync();
        engine.Fire(HookEvent.PostToolUse, "Shell", HookPayload.Stop());
    }

    [Fact]
    public async Task ClientSubscriptionsFollowTheConfiguredHooks()
    {
        var client = new RecordingSink(request => new HookAnswer(true, $"client {request.SubscriptionId}"));
        await using HookEngine engine = Engine(Hook("PreToolUse", "echo shell >&2; exit 2"));
        engine.Client = client;
        engine.Subscribe([new("a", HookEvent.PreToolUse, "^Shell$"), new("b", HookEvent.PreToolUse, "Glob"), new("a", HookEvent.PreToolUse)]);
        engine.Subscribe([new("c", HookEvent.PreToolUse)]);
        IReadOnlyList<HookOutcome> outcomes = await engine.TriggerAsync(HookEvent.PreToolUse, "Shell", HookPayload.ToolCall("Shell", null, "t1"), Token);
        Assert.Equal(["shell", "client a", "client a", "client c"], Reasons(outcomes));

        WireMessage[] messages = [.. client.Messages];
        Assert.Equal(new HookTriggered("PreToolUse", "Shell", 4), messages[0]);
        var resolved = Assert.IsType<HookResolved>(messages[^1]);
        Assert.Equal(("PreToolUse", "Shell", "block", "shell"), (resolved.Event, resolved.Target, resolved.Action, resolved.Reason));
        Assert.InRange(resolved.DurationMs, 0, 60_000);
        HookRequest request = messages.OfType<HookRequest>().First();
        Assert.Matches("^[0-9a-f]{12}$", request.Id);
        Assert.Equal(("PreToolUse", "Shell"), (request.Event, request.Target));
        Assert.Equal(
            $$$"""{"hook_event_name":"PreToolUse","session_id":"s1","cwd":"{{{_dir.Path}}}","tool_name":"Shell","tool_input":{},"tool_call_id":"t1"}""",
            JsonWriter.Compose(writer => writer.Element(request.InputData)));
    }

    [Fact]
    public async Task NoHooksNoEvents()
    {
        var client = new RecordingSink(static _ => null);
        await using HookEngine engine = Engine();
        engine.Client = client;
        engine.Subscribe([new("a", HookEvent.Stop, "never")]);
        Assert.Empty(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token));
        Assert.Empty(client.Messages);
    }

    [Fact]
    public async Task ASilentClientAllowsAfterItsLimit()
    {
        var client = new RecordingSink(static _ => null);
        await using HookEngine engine = Engine();
        engine.Client = client;
        engine.Subscribe([new("a", HookEvent.Stop, "", 1)]);
        HookOutcome outcome = Assert.Single(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token));
        Assert.Equal((false, true), (outcome.Block, outcome.TimedOut));
        Assert.True(client.Messages.OfType<HookRequest>().Single().IsAnswered);
        Assert.Equal("allow", client.Messages.OfType<HookResolved>().Single().Action);
    }

    [Fact]
    public async Task AClientThatCannotBeToldDoesNotDiscardABlock()
    {
        await using HookEngine engine = Engine(Hook("Stop", "echo no >&2; exit 2"));
        engine.Client = new RecordingSink(static _ => null) { Failure = new IOException("gone") };
        engine.Subscribe([new("a", HookEvent.Stop)]);
        Assert.Equal("no", HookOutcome.FirstBlock(await engine.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), Token)).Reason);
    }

    [Fact]
    public void FirstBlockMayNeedAReason()
    {
        HookOutcome[] outcomes = [new(false, "a"), new(true), new(true, "b"), new(true, "c")];
        Assert.Equal(new HookOutcome(true), HookOutcome.FirstBlock(outcomes));
        Assert.Equal(new HookOutcome(true, "b"), HookOutcome.FirstBlock(outcomes, needsReason: true));
        Assert.Equal(HookOutcome.Allow, HookOutcome.FirstBlock([]));
    }

    [Fact]
    public async Task CountsAndListing()
    {
        await using HookEngine engine = Engine(Hook("Stop", "s"), Hook("PreToolUse", "p", "^Shell$"), Hook("PreToolUse", "q"));
        engine.Subscribe([new("a", HookEvent.Notification), new("b", HookEvent.PreToolUse, "x")]);
        Assert.Equal([new("PreToolUse", 3), new("Stop", 1), new("Notification", 1)], engine.Count());
        Assert.Equal(
            "PreToolUse: 3 hook(s)\n  ^Shell$ p\n  (all) q\n  x (client-side) wire\nStop: 1 hook(s)\n  (all) s\nNotification: 1 hook(s)\n  (all) (client-side) wire",
            engine.Describe());
        await using HookEngine none = Engine();
        Assert.Empty(none.Count());
        Assert.Equal("No hooks configured. Add [[hooks]] sections to your config.toml to set up hooks.", none.Describe());
    }

    // A killed process may need a moment to go; one that was spared would sleep on.
    private async Task AssertNoneLeftAsync()
    {
        foreach (Process process in Process.GetProcessesByName("sleep"))
        {
            using (process)
            {
                if (new FileInfo($"/proc/{process.Id}/cwd").LinkTarget == _dir.Path)
                {
                    await process.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromSeconds(2), Token);
                }
            }
        }
    }

    private static IEnumerable<string> Reasons(IReadOnlyList<HookOutcome> outcomes) => outcomes.Select(o => o.Reason);

    private static HookConfig Hook(string hookEvent, string command, string matcher = "", int timeout = 30) =>
        new() { Event = hookEvent, Command = command, Matcher = matcher, Timeout = timeout };

    private HookEngine Engine(params HookConfig[] hooks) => new(new HookEngineOptions
    {
        SessionId = "s1",
        WorkDirectory = _dir.Path,
        Hooks = hooks,
        Log = line =>
        {
            lock (_log)
            {
                _log.Add(line);
            }
        },
    });
}
