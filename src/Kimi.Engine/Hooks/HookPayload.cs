using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Hooks;

/// <summary>The members that each event adds to a hook's input, in their order.</summary>
internal static class HookPayload
{
    private const int OutputLimit = 2000;
    private const int SubagentTextLimit = 500;

    /// <summary>PreToolUse. Arguments that are no object count as none.</summary>
    public static Action<JsonWriter> ToolCall(string tool, JsonElement? input, string callId) => writer =>
    {
        WriteTool(writer, tool, input);
        writer.Member("tool_call_id"u8, callId);
    };

    /// <summary>PostToolUse.</summary>
    public static Action<JsonWriter> ToolReturned(string tool, JsonElement? input, string output, string callId) => writer =>
    {
        WriteTool(writer, tool, input);
        writer.Member("tool_output"u8, CodePoints.Take(output, OutputLimit));
        writer.Member("tool_call_id"u8, callId);
    };

    /// <summary>PostToolUseFailure.</summary>
    public static Action<JsonWriter> ToolThrew(string tool, JsonElement? input, string error, string callId) => writer =>
    {
        WriteTool(writer, tool, input);
        writer.Member("error"u8, error);
        writer.Member("tool_call_id"u8, callId);
    };

    /// <summary>UserPromptSubmit; the prompt is empty when the input is a list of parts.</summary>
    public static Action<JsonWriter> Prompt(string prompt) => writer => writer.Member("prompt"u8, prompt);

    /// <summary>Stop.</summary>
    public static Action<JsonWriter> Stop() => static writer => writer.Member("stop_hook_active"u8, false);

    /// <summary>StopFailure.</summary>
    public static Action<JsonWriter> StopFailure(string type, string message) => writer =>
    {
        writer.Member("error_type"u8, type);
        writer.Member("error_message"u8, message);
    };

    /// <summary>SessionStart.</summary>
    public static Action<JsonWriter> SessionStart(bool resumed) => writer => writer.Member("source"u8, resumed ? "resume" : "startup");

    /// <summary>SessionEnd.</summary>
    public static Action<JsonWriter> SessionEnd() => static writer => writer.Member("reason"u8, "exit");

    /// <summary>SubagentStart.</summary>
    public static Action<JsonWriter> SubagentStart(string type, string prompt) => writer =>
    {
        writer.Member("agent_name"u8, type);
        writer.Member("prompt"u8, CodePoints.Take(prompt, SubagentTextLimit));
    };

    /// <summary>SubagentStop.</summary>
    public static Action<JsonWriter> SubagentStop(string type, string response) => writer =>
    {
        writer.Member("agent_name"u8, type);
        writer.Member("response"u8, CodePoints.Take(response, SubagentTextLimit));
    };

    /// <summary>PreCompact.</summary>
    public static Action<JsonWriter> PreCompact(string trigger, long tokens) => writer =>
    {
        writer.Member("trigger"u8, trigger);
        writer.Member("token_count"u8, tokens);
    };

    /// <summary>PostCompact.</summary>
    public static Action<JsonWriter> PostCompact(string trigger, long estimatedTokens) => writer =>
    {
        writer.Member("trigger"u8, trigger);
        writer.Member("estimated_token_count"u8, estimatedTokens);
    };

    /// <summary>Notification.</summary>
    public static Action<JsonWriter> Notification(string type, string title, string body, string severity) => writer =>
    {
        writer.Member("sink"u8, "llm");
        writer.Member("notification_type"u8, type);
        writer.Member("title"u8, title);
        writer.Member("body"u8, body);
        writer.Member("severity"u8, severity);
    };

    private static void WriteTool(JsonWriter writer, string tool, JsonElement? input)
    {
        writer.Member("tool_name"u8, tool);
        writer.Name("tool_input"u8);
        if (input is { ValueKind: JsonValueKind.Object } value)
        {
            writer.Element(value);
        }
        else
        {
            writer.BeginObject();
            writer.EndObject();
        }
    }
}
