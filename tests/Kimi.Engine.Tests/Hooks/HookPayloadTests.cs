using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Hooks;

public sealed class HookPayloadTests
{
    private static readonly JsonElement s_input = JsonDocument.Parse("""{"path":"ä","n":1}""").RootElement;

    public static TheoryData<string, string> Payloads => new()
    {
        { "PreToolUse", """{"tool_name": "T", "tool_input": {"path": "ä", "n": 1}, "tool_call_id": "c"}""" },
        { "PostToolUse", """{"tool_name": "T", "tool_input": {"path": "ä", "n": 1}, "tool_output": "o", "tool_call_id": "c"}""" },
        { "PostToolUseFailure", """{"tool_name": "T", "tool_input": {}, "error": "e", "tool_call_id": "c"}""" },
        { "UserPromptSubmit", """{"prompt": "p"}""" },
        { "Stop", """{"stop_hook_active": false}""" },
        { "StopFailure", """{"error_type": "APIStatusError", "error_message": "m"}""" },
        { "SessionStart", """{"source": "resume"}""" },
        { "SessionEnd", """{"reason": "exit"}""" },
        { "SubagentStart", """{"agent_name": "coder", "prompt": "p"}""" },
        { "SubagentStop", """{"agent_name": "coder", "response": "r"}""" },
        { "PreCompact", """{"trigger": "auto", "token_count": 5}""" },
        { "PostCompact", """{"trigger": "manual", "estimated_token_count": 6}""" },
        { "Notification", """{"sink": "llm", "notification_type": "task.completed", "title": "t", "body": "b", "severity": "info"}""" },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void MembersOfEachEvent(string name, string expected) => Assert.Equal(expected, Write(Payload(name)));

    [Fact]
    public void EveryEventHasARow() => Assert.Equal(HookConfig.EventNames, Payloads.Select(row => row.Data.Item1));

    [Fact]
    public void ArgumentsThatAreNoObjectCountAsNone()
    {
        JsonElement array = JsonDocument.Parse("[1]").RootElement;
        Assert.Equal("""{"tool_name": "T", "tool_input": {}, "tool_call_id": "c"}""", Write(HookPayload.ToolCall("T", array, "c")));
        Assert.Equal("""{"tool_name": "T", "tool_input": {}, "tool_call_id": "c"}""", Write(HookPayload.ToolCall("T", null, "c")));
    }

    [Fact]
    public void LongTextsAreCutByCodePoints()
    {
        string text = string.Concat(Enumerable.Repeat("😀", 2500));
        Assert.Contains($"\"{string.Concat(Enumerable.Repeat("😀", 2000))}\"", Write(HookPayload.ToolReturned("T", null, text, "c")), StringComparison.Ordinal);
        Assert.Contains($"\"{string.Concat(Enumerable.Repeat("😀", 500))}\"", Write(HookPayload.SubagentStart("t", text)), StringComparison.Ordinal);
        Assert.Contains($"\"{string.Concat(Enumerable.Repeat("😀", 500))}\"", Write(HookPayload.SubagentStop("t", text)), StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAndEnumAgree()
    {
        for (int i = 0; i < HookConfig.EventNames.Count; i++)
        {
            Assert.Equal(((HookEvent)i).ToString(), HookConfig.EventNames[i]);
            Assert.Equal((HookEvent)i, HookEvents.Find(HookConfig.EventNames[i]));
            Assert.Equal(HookConfig.EventNames[i], HookEvents.Name((HookEvent)i));
        }

        Assert.Equal(Enum.GetValues<HookEvent>().Length, HookConfig.EventNames.Count);
        Assert.Null(HookEvents.Find("Unheard"));
        Assert.Null(HookEvents.Find("stop"));
    }

    private static Action<JsonWriter> Payload(string name) => name switch
    {
        "PreToolUse" => HookPayload.ToolCall("T", s_input, "c"),
        "PostToolUse" => HookPayload.ToolReturned("T", s_input, "o", "c"),
        "PostToolUseFailure" => HookPayload.ToolThrew("T", null, "e", "c"),
        "UserPromptSubmit" => HookPayload.Prompt("p"),
        "Stop" => HookPayload.Stop(),
        "StopFailure" => HookPayload.StopFailure("APIStatusError", "m"),
        "SessionStart" => HookPayload.SessionStart(resumed: true),
        "SessionEnd" => HookPayload.SessionEnd(),
        "SubagentStart" => HookPayload.SubagentStart("coder", "p"),
        "SubagentStop" => HookPayload.SubagentStop("coder", "r"),
        "PreCompact" => HookPayload.PreCompact("auto", 5),
        "PostCompact" => HookPayload.PostCompact("manual", 6),
        _ => HookPayload.Notification("task.completed", "t", "b", "info"),
    };

    private static string Write(Action<JsonWriter> payload) => JsonWriter.Compose(
        writer =>
        {
            writer.BeginObject();
            payload(writer);
            writer.EndObject();
        },
        JsonLayout.Spaced);
}
