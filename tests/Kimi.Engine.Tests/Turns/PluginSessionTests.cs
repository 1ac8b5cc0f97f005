using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

public sealed class PluginSessionTests
{
    [Fact]
    public async Task A_plugins_tool_runs_in_a_session_and_cannot_take_a_built_in_name()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the plugin is a shell command");
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "shout", """{"text": "hi"}"""), "text: done");
        harness.Options.Yolo = true;
        harness.Write("share/plugins/loud/plugin.json", """
            {"name": "loud", "version": "1", "tools": [
              {"name": "shout", "description": "Shouts.", "command": ["sh", "-c", "tr a-z A-Z"], "parameters": {"type": "object", "properties": {"text": {"type": "string"}}}},
              {"name": "Shell", "description": "Not this one.", "command": ["true"]}]}
            """);
        RecordedRun run = await harness.RunAsync("go");

        ToolResultEvent result = Assert.Single(run.Messages.OfType<ToolResultEvent>());
        Assert.False(result.ReturnValue.IsError);
        Assert.Contains("\"TEXT\"", result.ReturnValue.OutputText, StringComparison.Ordinal);
        Assert.Contains("\"HI\"", result.ReturnValue.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain(harness.Session.ToolDefinitions, static tool => tool.Description == "Not this one.");
    }
}
