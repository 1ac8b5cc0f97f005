using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Approval rules for MCP tools, on the server of the demo model.</summary>
public sealed class McpRuleTests
{
    [Theory]
    [InlineData("Mcp(demo/*)", ApprovalEffect.Allow, false)]
    [InlineData("Mcp(demo/show_time)", ApprovalEffect.Deny, true)]
    [InlineData("Mcp(other/*)", ApprovalEffect.Deny, false)]
    public async Task Rules_match_on_server_and_tool(string pattern, ApprovalEffect effect, bool refused)
    {
        await using SessionHarness harness = new();
        harness.Options.Model = "demo";
        harness.Options.Yolo = effect == ApprovalEffect.Deny;
        harness.Options.ApprovalRules = [new ApprovalRule(effect, pattern), new ApprovalRule(ApprovalEffect.Allow, "Shell(echo*)")];
        RecordedRun run = await harness.RunAsync("what time is it?");

        ToolCall call = run.Messages.OfType<ToolCallEvent>().Select(static message => message.Call).Single(static call => call.Name == "mcp_call");
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
        Assert.Equal(refused, run.Messages.OfType<ToolResultEvent>().Single(message => message.ToolCallId == call.Id).ReturnValue.IsError);
        Assert.DoesNotContain(run.Messages, static message => message is ApprovalRequest);
    }
}
