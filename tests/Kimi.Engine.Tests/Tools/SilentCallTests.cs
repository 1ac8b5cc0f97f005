using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Tools;

/// <summary>Rules for tools that ask for no permission of their own.</summary>
public sealed class SilentCallTests : IDisposable
{
    private readonly ToolBench _bench = new();
    private readonly RecordingSink _sink = new();
    private readonly ApprovalService _service;

    public SilentCallTests() => _service = new ApprovalService(_sink, new ApprovalState());

    public void Dispose() => _bench.Dispose();

    private void Rules(params (ApprovalEffect Effect, string Pattern)[] rules) => _service.Rules = new ApprovalRules(
        rules.Select(static rule => new ApprovalRule(rule.Effect, rule.Pattern)), _bench.Host.Paths, _bench.Work, RealPath.Of, _bench.Folder["home"]);

    private async Task<(ToolReturnValue Result, int Calls)> Call(string name, string arguments)
    {
        FunctionTool tool = new(name, "ran");
        Toolset tools = new() { Approvals = _service };
        tools.Add(tool);
        ToolCall call = new("c1", name, arguments);
        return (await tools.HandleAsync(call, _bench.Context(call), TestContext.Current.CancellationToken), tool.Calls);
    }

    [Theory]
    [InlineData("FetchURL", "FetchURL", """{"url":"http://x/"}""")]
    [InlineData("FetchURL(http://x/*)", "FetchURL", """{"url":"http://x/a"}""")]
    [InlineData("SearchWeb(*secret*)", "SearchWeb", """{"query":"a secret b"}""")]
    [InlineData("Agent(explore)", "Agent", """{"subagent_type":"explore"}""")]
    [InlineData("Agent(coder)", "Agent", "{}")]
    [InlineData("ReadFile(private/**)", "ReadFile", """{"path":"private/a/b"}""")]
    [InlineData("ReadFile(private/**)", "ReadFile", """{"path":"./x/../private/b"}""")]
    [InlineData("ReadFile(private/**)", "ReadFile", """{"path":"link/b"}""")]
    [InlineData("ReadFile(~/keys/*)", "ReadFile", """{"path":"~/keys/b"}""")]
    [InlineData("ReadMediaFile(*.png)", "ReadMediaFile", """{"path":"a.png"}""")]
    [InlineData("Glob(private)", "Glob", """{"directory":"private/"}""")]
    [InlineData("Grep(.)", "Grep", """{"pattern":"x"}""")]
    [InlineData("Client", "Client", """{"a":1}""")]
    public async Task A_denied_call_does_not_run(string pattern, string tool, string arguments)
    {
        _bench.Write("private/b", "");
        Directory.CreateSymbolicLink(_bench.PathOf("link"), _bench.PathOf("private"));
        Rules((ApprovalEffect.Allow, tool), (ApprovalEffect.Deny, pattern));
        (ToolReturnValue result, int calls) = await Call(tool, arguments);
        result.StartsError($"The tool call is denied by the approval rule `{pattern}`.", "Denied by rule");
        Assert.Equal(0, calls);
        Assert.Empty(_sink.Sent);
    }

    [Theory]
    [InlineData("FetchURL", "FetchURL(http://y/*)", """{"url":"http://x/a"}""")]
    [InlineData("ReadFile", "ReadFile(private/**)", """{"path":"privates/b"}""")]
    [InlineData("ReadFile", "WriteFile(private/**)", """{"path":"private/b"}""")]
    [InlineData("ReadFile", "ReadFile(private/**)", """{"path":5}""")]
    [InlineData("ReadFile", "ReadFile(private/**)", "[]")]
    public async Task Others_run_without_a_question(string tool, string pattern, string arguments)
    {
        Rules((ApprovalEffect.Deny, pattern));
        (ToolReturnValue result, int calls) = await Call(tool, arguments);
        Assert.Equal(("ran", 1), (result.OutputText, calls));
        Assert.Empty(_sink.Sent);
    }

    [Theory]
    [InlineData(ApprovalResponseKind.Approve, 1)]
    [InlineData(ApprovalResponseKind.Reject, 0)]
    public async Task A_rule_can_make_them_ask(ApprovalResponseKind answer, int calls)
    {
        _sink.OnMessage = message => (message as ApprovalRequest)?.Respond(new ApprovalAnswer(answer));
        Rules((ApprovalEffect.Ask, "FetchURL"), (ApprovalEffect.Ask, "ReadFile"));
        Assert.Equal(calls, (await Call("FetchURL", """{"url":"http://x/"}""")).Calls);
        ApprovalRequest request = Assert.IsType<ApprovalRequest>(_sink.Sent.First());
        Assert.Equal(("FetchURL", "use tool", "Use FetchURL on `http://x/`"), (request.Sender, request.Action, request.Description));
        Assert.Equal(calls, (await Call("ReadFile", """{"path":"a"}""")).Calls);
        Assert.Equal(("read file", $"Use ReadFile on `{_bench.PathOf("a")}`"), (((ApprovalRequest)_sink.Sent.ElementAt(2)).Action, ((ApprovalRequest)_sink.Sent.ElementAt(2)).Description));
    }

    [Fact]
    public async Task Tools_that_ask_themselves_are_asked_about_once()
    {
        Rules((ApprovalEffect.Ask, "WriteFile"));
        _sink.OnMessage = static message => (message as ApprovalRequest)?.Respond(new ApprovalAnswer(ApprovalResponseKind.Approve));
        ToolServices services = _bench.Services;
        Toolset tools = new() { Approvals = _service };
        foreach (Tool tool in BuiltInTools.Create([ToolPaths.Shell, ToolPaths.WriteFile, ToolPaths.StrReplaceFile, ToolPaths.TaskStop], services))
        {
            Assert.True(tool.AsksPermission);
            tools.Add(tool);
        }

        ToolCall call = new("c1", "WriteFile", """{"path":"a","content":"x"}""");
        Assert.False((await tools.HandleAsync(call, _bench.Context(call), TestContext.Current.CancellationToken)).IsError);
        Assert.Equal("x", _bench.Read("a"));
        Assert.Empty(_sink.Sent); // the bench's own approvals were asked, not the toolset's
        Assert.Single(_bench.Approvals.Asked);
    }
}
