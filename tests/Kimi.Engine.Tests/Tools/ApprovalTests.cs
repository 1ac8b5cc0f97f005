using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Tools;

public sealed class ApprovalTests : IDisposable
{
    private readonly ToolBench _bench = new();
    private readonly RecordingSink _sink = new();
    private readonly ApprovalState _state = new();
    private readonly ApprovalService _service;

    public ApprovalTests() => _service = new ApprovalService(_sink, _state);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue?> Ask(string action = "run command", bool subagent = false, string sender = "Shell", string? target = null, CancellationToken? token = null) =>
        _service.AskAsync(_bench.Context(new ToolCall("c1", sender, "{}"), subagent), action, "Run command `ls`", [new ShellBlock("bash", "ls")], token ?? Token, target);

    private void Answer(ApprovalResponseKind kind, string feedback = "") => _sink.OnMessage = message =>
    {
        if (message is ApprovalRequest request)
        {
            request.Respond(new ApprovalAnswer(kind, feedback));
        }
    };

    [Fact]
    public async Task A_request_carries_call_and_source_and_is_followed_by_the_response()
    {
        Answer(ApprovalResponseKind.Approve);
        Assert.Null(await Ask(subagent: true));
        ApprovalRequest request = Assert.IsType<ApprovalRequest>(_sink.Sent.First());
        Assert.True(Guid.TryParse(request.Id, out _));
        Assert.Equal(
            ("c1", "Shell", "run command", "Run command `ls`", "foreground_turn", "turn", "a1", "coder", null),
            (request.ToolCallId, request.Sender, request.Action, request.Description, request.SourceKind, request.SourceId, request.AgentId, request.SubagentType, request.SourceDescription));
        Assert.Equal([new ShellBlock("bash", "ls")], request.Display);
        Assert.Equal(new ApprovalResponse(request.Id, ApprovalResponseKind.Approve, ""), _sink.Sent.Last());
        Assert.Empty(_service.Pending);
    }

    [Fact]
    public async Task A_listener_with_a_policy_of_its_own_is_asked_in_any_case()
    {
        _service.AlwaysAsk = true;
        Answer(ApprovalResponseKind.Reject);
        Assert.NotNull(await Ask(target: "ls"));
        _state.Yolo = true;
        Assert.NotNull(await Ask(target: "ls"));
        Assert.Equal([("ls", false), ("ls", true)], _sink.Sent.OfType<ApprovalRequest>().Select(r => (r.Target, r.IsPreapproved)));
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public async Task Yolo_and_afk_approve_without_asking(bool yolo, bool afk, bool runtimeAfk)
    {
        _state.Yolo = yolo;
        _state.Afk = afk;
        _state.RuntimeAfk = runtimeAfk;
        Assert.Null(await Ask());
        Assert.Empty(_sink.Sent);
        Assert.True(_service.IsAutoApprove);
        Assert.Equal(afk || runtimeAfk, _service.IsAfk);
    }

    [Fact]
    public void Switching_afk_off_ends_the_overlay_and_only_what_is_kept_is_reported()
    {
        int changes = 0;
        _state.Changed = () => changes++;
        _state.RuntimeAfk = true;
        Assert.Equal(0, changes);
        _state.Afk = true;
        _state.Afk = false;
        Assert.False(_state.IsAfk);
        _state.Yolo = true;
        _state.Yolo = true;
        _state.Approve("edit file");
        _state.Approve("edit file");
        Assert.Equal(4, changes);
        Assert.Equal(["edit file"], _state.AutoApproveActions);
    }

    [Fact]
    public async Task Approve_for_session_is_kept_and_resolves_others_of_the_same_action()
    {
        int changes = 0;
        _state.Changed = () => changes++;
        Task<ToolReturnValue?> first = Ask();
        Task<ToolReturnValue?> second = Ask();
        Task<ToolReturnValue?> other = Ask("edit file", sender: "WriteFile");
        List<ApprovalRequest> requests = [.. _sink.Sent.Cast<ApprovalRequest>()];
        requests[0].Respond(new ApprovalAnswer(ApprovalResponseKind.ApproveForSession));
        Assert.Null(await first.WaitAsync(Token));
        Assert.Null(await second.WaitAsync(Token));
        Assert.False(other.IsCompleted);
        Assert.Contains(new ApprovalResponse(requests[0].Id, ApprovalResponseKind.ApproveForSession, ""), _sink.Sent);
        Assert.Contains(new ApprovalResponse(requests[1].Id, ApprovalResponseKind.Approve, ""), _sink.Sent);
        Assert.Equal((1, "run command"), (changes, _state.AutoApproveActions.Single()));
        requests[2].Respond(new ApprovalAnswer(ApprovalResponseKind.Approve));
        await other;
        int before = _sink.Sent.Count;
        Assert.Null(await Ask());
        Assert.Equal(before, _sink.Sent.Count);
    }

    [Fact]
    public async Task A_rejection_with_feedback_tells_it()
    {
        Answer(ApprovalResponseKind.Reject, "run the linter first");
        ToolReturnValue result = (await Ask())!;
        result.IsError("The tool call is rejected by the user. User feedback: run the linter first", "Rejected: run the linter first");
        Assert.Equal(new Rejection(true), result.Rejection);
        Assert.Equal("run the linter first", ((ApprovalResponse)_sink.Sent.Last()).Feedback);
    }

    [Fact]
    public async Task A_rejection_without_feedback_stops_the_root_agent_but_not_a_subagent()
    {
        Answer(ApprovalResponseKind.Reject);
        ToolReturnValue result = (await Ask())!;
        result.IsError("The tool call is rejected by the user. Stop what you are doing and wait for the user to tell you how to proceed.", "Rejected by user");
        Assert.Equal(new Rejection(false), result.Rejection);
        (await Ask(subagent: true))!.StartsError("The tool call is rejected by the user. Try a different approach to complete your task,", "Rejected by user");
    }

    [Fact]
    public async Task A_cancelled_source_counts_as_rejected()
    {
        Task<ToolReturnValue?> ask = Ask();
        _service.CancelSource("another");
        Assert.False(ask.IsCompleted);
        _service.CancelSource("turn");
        (await ask.WaitAsync(Token))!.StartsError("The tool call is rejected by the user. Stop", "Rejected by user");
        Assert.Equal((ApprovalResponseKind.Reject, ""), (((ApprovalResponse)_sink.Sent.Last()).Response, ((ApprovalResponse)_sink.Sent.Last()).Feedback));
    }

    [Fact]
    public async Task A_cancelled_call_answers_its_request()
    {
        using CancellationTokenSource stop = new();
        Task<ToolReturnValue?> ask = Ask(token: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ask);
        Assert.Equal(ApprovalResponseKind.Reject, ((ApprovalResponse)_sink.Sent.Last()).Response);
        Assert.Empty(_service.Pending);
        Assert.True(((ApprovalRequest)_sink.Sent.First()).IsAnswered);
    }

    [Fact]
    public async Task A_decider_comes_before_the_wire()
    {
        _service.Decider = static (request, _) => Task.FromResult<ApprovalAnswer?>(request.Sender == "Shell" ? new ApprovalAnswer(ApprovalResponseKind.Reject, "nobody is here") : null);
        (await Ask())!.StartsError("The tool call is rejected by the user. User feedback: nobody", "Rejected: nobody is here");
        Assert.Empty(_sink.Sent);
        Answer(ApprovalResponseKind.Approve);
        Assert.Null(await Ask("edit file", sender: "WriteFile"));
        Assert.Equal(2, _sink.Sent.Count);
    }

    private static ApprovalRules Rules(params (ApprovalEffect Effect, string Pattern)[] rules) =>
        new(rules.Select(static rule => new ApprovalRule(rule.Effect, rule.Pattern)), HostPaths.Posix, "/srv/app");

    [Fact]
    public async Task A_denial_holds_even_when_everything_is_approved()
    {
        _state.Yolo = true;
        _service.Rules = Rules((ApprovalEffect.Allow, "Shell"), (ApprovalEffect.Deny, "Shell(rm *)"));
        ToolReturnValue denied = (await Ask(target: "ls && rm -rf x"))!;
        denied.StartsError("The tool call is denied by the approval rule `Shell(rm *)`.", "Denied by rule");
        Assert.Null(denied.Rejection);
        Assert.Null(await Ask(target: "ls"));
    }

    [Fact]
    public async Task Ask_wins_over_allow_and_over_what_was_approved_for_the_session()
    {
        _state.Approve("run command");
        _service.Rules = Rules((ApprovalEffect.Allow, "Shell(git *)"), (ApprovalEffect.Ask, "Shell(git push*)"));
        Assert.Null(await Ask(target: "git status"));
        Assert.Empty(_sink.Sent);
        Answer(ApprovalResponseKind.Approve);
        Assert.Null(await Ask(target: "git push"));
        Assert.Equal(2, _sink.Sent.Count);
    }

    [Theory]
    [InlineData("git status", true)]
    [InlineData("git status --short", true)]
    [InlineData("  git status  ", true)]
    [InlineData("git statu", false)]
    [InlineData("git status && git status -s", true)]
    [InlineData("git status | wc -l", true)]
    [InlineData("git status 2>/dev/null; wc", true)]
    [InlineData("git status >/dev/null 2>&1", true)]
    [InlineData("git status \\\n --short", true)]
    [InlineData("git status 'a; rm -rf /'", true)]
    [InlineData("git status \"a && b\"", true)]
    [InlineData("git status && rm -rf /", false)]
    [InlineData("git status; rm x", false)]
    [InlineData("git status | sh", false)]
    [InlineData("git status & rm x", false)]
    [InlineData("git status\nrm x", false)]
    [InlineData("git status || rm x", false)]
    [InlineData("git status $(rm x)", false)]
    [InlineData("git status \"$(rm x)\"", false)]
    [InlineData("git status `rm x`", false)]
    [InlineData("git status \"`rm x`\"", false)]
    [InlineData("git status <(rm x)", false)]
    [InlineData("git status > x", false)]
    [InlineData("git status >> ~/.bashrc", false)]
    [InlineData("git status &> x", false)]
    [InlineData("git status >&x", false)]
    [InlineData("git status > /dev/null/../x", false)]
    [InlineData("git status >/dev/null$X", false)]
    [InlineData("git status << x", false)]
    [InlineData("(git status)", false)]
    [InlineData("{ git status; }", false)]
    [InlineData("if git status; then git status; fi", false)]
    [InlineData("! git status", false)]
    [InlineData("time git status", false)]
    [InlineData("X=1 git status", false)]
    [InlineData("git status $'a\\'; rm x'", false)]
    [InlineData("git status 'a", false)]
    [InlineData("git status \"a", false)]
    [InlineData("git status # ; rm x", false)]
    [InlineData("git status \r rm x", false)]
    [InlineData("", false)]
    public void A_compound_command_is_allowed_only_if_each_of_its_parts_is(string command, bool allowed)
    {
        ApprovalRules rules = Rules((ApprovalEffect.Allow, "Shell(git status*)"), (ApprovalEffect.Allow, "Shell(wc*)"));
        Assert.Equal(allowed ? ApprovalEffect.Allow : null, rules.Decide("Shell", "run command", command)?.Effect);
    }

    [Theory]
    [InlineData("rm x")]
    [InlineData("ls; rm x")]
    [InlineData("ls && rm x || true")]
    [InlineData("echo $(rm x)")]
    [InlineData("echo \"`rm x`\"")]
    [InlineData("(rm x)")]
    [InlineData("if true; then rm x; fi")]
    [InlineData("! rm x")]
    [InlineData("cat <(rm x)")]
    public void A_denied_command_is_found_in_a_compound_one(string command) =>
        Assert.Equal(ApprovalEffect.Deny, Rules((ApprovalEffect.Deny, "Shell(rm *)")).Decide("Shell", "run command", command)?.Effect);

    [Theory]
    [InlineData("Shell", "run background command", "git status", "Shell(git status)")]
    [InlineData("Shell", "run command", "make $(x) > y", "Shell")]
    [InlineData("WriteFile", "edit file", "/srv/app/src/a/b.cs", "WriteFile(src/**)")]
    [InlineData("WriteFile", "edit file", "/srv/app/src/b.cs", "WriteFile(src/*.cs)")]
    [InlineData("WriteFile", "edit file outside of working directory", "/other/x", "WriteFile(/other/*)")]
    [InlineData("create_issue", "mcp:create_issue", "github/create_issue", "Mcp(github/*)")]
    [InlineData("lint", "plugin:lint", "lint", "Plugin(lint)")]
    [InlineData("TaskStop", "stop background task", "bash-1", "TaskStop")]
    public void A_rule_allows(string sender, string action, string target, string pattern) =>
        Assert.Equal(ApprovalEffect.Allow, Rules((ApprovalEffect.Allow, pattern)).Decide(sender, action, target)?.Effect);

    [Theory]
    [InlineData("WriteFile", "edit file", "/srv/app/src2/b.cs", "WriteFile(src/**)")]
    [InlineData("WriteFile", "edit file", "/srv/app/src/a/b.cs", "WriteFile(src/*.cs)")]
    [InlineData("StrReplaceFile", "edit file", "/srv/app/src/b.cs", "WriteFile(src/*.cs)")]
    [InlineData("Shell", "mcp:Shell", "evil/Shell", "Shell")]
    [InlineData("Shell", "plugin:Shell", "ls", "Shell(ls)")]
    [InlineData("WriteFile", "mcp:WriteFile", "/srv/app/src/x", "WriteFile(src/**)")]
    [InlineData("Custom", "mcp:Custom", "Custom", "Custom")]
    [InlineData("Mcp", "run command", "github/x", "Mcp(github/*)")]
    [InlineData("x", "mcp:x", "github2/x", "Mcp(github/*)")]
    [InlineData("shell", "run command", "ls", "Shell(ls)")]
    public void A_rule_never_widens_by_a_name(string sender, string action, string target, string pattern) =>
        Assert.Null(Rules((ApprovalEffect.Allow, pattern)).Decide(sender, action, target));

    [Fact]
    public void A_link_does_not_lead_out_of_what_is_allowed()
    {
        Directory.CreateDirectory(_bench.PathOf("src"));
        Directory.CreateDirectory(_bench.Folder["secret"]);
        Directory.CreateSymbolicLink(_bench.PathOf("src/link"), _bench.Folder["secret"]);
        Directory.CreateSymbolicLink(_bench.Folder["door"], _bench.Work);
        ApprovalRules rules = new([new ApprovalRule(ApprovalEffect.Allow, "WriteFile(src/**)")], HostPaths.Local, _bench.Folder["door"], RealPath.Of);
        Assert.Equal(ApprovalEffect.Allow, rules.Decide("WriteFile", "edit file", Path.Combine(_bench.Folder["door"], "src", "new.cs"))?.Effect);
        Assert.Null(rules.Decide("WriteFile", "edit file", Path.Combine(_bench.Folder["door"], "src", "link", "new.cs")));
        ApprovalRules deny = new([new ApprovalRule(ApprovalEffect.Deny, $"WriteFile({_bench.Folder["secret"]}/**)")], HostPaths.Local, _bench.Work, RealPath.Of);
        Assert.Equal(ApprovalEffect.Deny, deny.Decide("WriteFile", "edit file", _bench.PathOf("src/link/x"))?.Effect);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sh*")]
    [InlineData("*")]
    [InlineData("Shell(")]
    [InlineData("Shell()")]
    [InlineData("Shell(ls")]
    [InlineData("(ls)")]
    public void What_is_no_pattern_is_refused(string pattern) => Assert.Throws<FormatException>(() => Rules((ApprovalEffect.Allow, pattern)));

    [Fact]
    public void Rules_can_be_listed() =>
        Assert.Equal([new ApprovalRule(ApprovalEffect.Allow, "Shell(ls)"), new ApprovalRule(ApprovalEffect.Deny, "Shell")], Rules((ApprovalEffect.Allow, "Shell(ls)"), (ApprovalEffect.Deny, "Shell")).Rules);
}
