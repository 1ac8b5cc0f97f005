using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>Reads recorded messages back. Members that older versions did not write take their defaults; unknown ones are ignored.</summary>
public static class WireMessageJson
{
    /// <summary>Reads an envelope <c>{"type": …, "payload": …}</c>; null when the type is unknown.</summary>
    /// <exception cref="FormatException">The payload is not one of that type.</exception>
    public static WireMessage? Read(JsonElement envelope)
    {
        if (envelope.StringOrNull("type") is not string type || !envelope.TryMember("payload", out JsonElement payload) || payload.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("a message needs the members type and payload");
        }

        return type switch
        {
            "TurnBegin" => new TurnBegin(Input(payload)),
            "TurnEnd" => new TurnEnd(),
            "StepBegin" => new StepBegin((int)Number(payload, "n")),
            "StepInterrupted" => new StepInterrupted(),
            "StepRetry" => new StepRetry(
                (int)Number(payload, "n"), (int)Number(payload, "next_attempt"), (int)Number(payload, "max_attempts"), Fraction(payload, "wait_s"),
                Text(payload, "error_type"), payload.TryMember("status_code", out _) ? (int)Number(payload, "status_code") : null),
            "SteerInput" => new SteerInput(Input(payload)),
            "CompactionBegin" => new CompactionBegin(),
            "CompactionEnd" => new CompactionEnd(),
            "MCPLoadingBegin" => new McpLoadingBegin(),
            "MCPLoadingEnd" => new McpLoadingEnd(),
            "StatusUpdate" => Status(payload),
            "ContentPart" => new ContentEvent(MessageJson.ReadPart(payload)),
            "ToolCall" => new ToolCallEvent(MessageJson.ReadToolCall(payload)),
            "ToolCallPart" => new ToolCallPartEvent(new ToolCallPart(payload.StringOrNull("arguments_part"))),
            "ToolResult" => new ToolResultEvent(Text(payload, "tool_call_id"), ToolResultJson.Read(Member(payload, "return_value"))),
            "Notification" => Notification(payload),
            "PlanDisplay" => new PlanDisplay(Text(payload, "content"), Text(payload, "file_path")),
            "BtwBegin" => new BtwBegin(Text(payload, "id"), Text(payload, "question")),
            "BtwEnd" => new BtwEnd(Text(payload, "id"), payload.StringOrNull("response"), payload.StringOrNull("error")),
            "HookTriggered" => new HookTriggered(Text(payload, "event"), payload.StringOrNull("target") ?? "", (int)payload.LongOr("hook_count", 1)),
            "HookResolved" => new HookResolved(
                Text(payload, "event"), payload.StringOrNull("target") ?? "", payload.StringOrNull("action") ?? "allow", payload.StringOrNull("reason") ?? "",
                payload.LongOr("duration_ms", 0)),
            "SubagentEvent" => Subagent(payload),
            "ApprovalRequest" => Approval(payload),
            "ApprovalResponse" or "ApprovalRequestResolved" => new ApprovalResponse(
                Text(payload, "request_id"), ApprovalResponse.Parse(Text(payload, "response")), payload.StringOrNull("feedback") ?? ""),
            "ToolCallRequest" => new ToolCallRequest(Text(payload, "name"), payload.StringOrNull("arguments")) { Id = Text(payload, "id") },
            "QuestionRequest" => new QuestionRequest(Text(payload, "tool_call_id"), [.. Items(payload, "questions").Select(ReadQuestion)]) { Id = Text(payload, "id") },
            "HookRequest" => new HookRequest(
                Text(payload, "subscription_id"), Text(payload, "event"), Text(payload, "target"), Member(payload, "input_data").Clone())
            { Id = Text(payload, "id") },
            _ => null,
        };
    }

    private static StatusUpdate Status(JsonElement payload) => new()
    {
        ContextUsage = payload.DoubleOrNull("context_usage"),
        ContextTokens = LongOrNull(payload, "context_tokens"),
        MaxContextTokens = LongOrNull(payload, "max_context_tokens"),
        TokenUsage = payload.TryMember("token_usage", out JsonElement usage)
            ? new TokenUsage(Number(usage, "input_other"), Number(usage, "output"), usage.LongOr("input_cache_read", 0), usage.LongOr("input_cache_creation", 0)) : null,
        MessageId = payload.StringOrNull("message_id"),
        PlanMode = payload.TryMember("plan_mode", out _) ? payload.BoolOr("plan_mode", false) : null,
        McpStatus = payload.TryMember("mcp_status", out JsonElement mcp)
            ? new McpStatus(
                mcp.BoolOr("loading", false), (int)mcp.LongOr("connected", 0), (int)mcp.LongOr("total", 0), (int)mcp.LongOr("tools", 0),
                [.. Items(mcp, "servers").Select(static server => new McpServerStatus(
                    Text(server, "name"), Text(server, "status"), [.. Items(server, "tools").Select(static tool => tool.ReadString())]))])
            : null,
    };

    private static NotificationEvent Notification(JsonElement payload) => new()
    {
        Id = Text(payload, "id"),
        Category = Text(payload, "category"),
        NotificationType = Text(payload, "type"),
        SourceKind = Text(payload, "source_kind"),
        SourceId = Text(payload, "source_id"),
        Title = Text(payload, "title"),
        Body = Text(payload, "body"),
        Severity = Text(payload, "severity"),
        CreatedAt = Fraction(payload, "created_at"),
        Payload = Member(payload, "payload").Clone(),
    };

    private static SubagentEvent? Subagent(JsonElement payload) =>
        Read(Member(payload, "event")) is not WireMessage nested ? null
        : nested is WireEvent inner
            ? new SubagentEvent(
                payload.StringOrNull("parent_tool_call_id") ?? payload.StringOrNull("task_tool_call_id"), payload.StringOrNull("agent_id"), payload.StringOrNull("subagent_type"), inner)
            : throw new FormatException("a subagent's message must be an event");

    private static ApprovalRequest Approval(JsonElement payload) => new()
    {
        Id = Text(payload, "id"),
        ToolCallId = Text(payload, "tool_call_id"),
        Sender = Text(payload, "sender"),
        Action = Text(payload, "action"),
        Description = Text(payload, "description"),
        SourceKind = payload.StringOrNull("source_kind"),
        SourceId = payload.StringOrNull("source_id"),
        AgentId = payload.StringOrNull("agent_id"),
        SubagentType = payload.StringOrNull("subagent_type"),
        SourceDescription = payload.StringOrNull("source_description"),
        Display = [.. Items(payload, "display").Select(ToolResultJson.ReadBlock)],
    };

    private static Question ReadQuestion(JsonElement value) => new(
        Text(value, "question"), value.StringOrNull("header") ?? "",
        [.. Items(value, "options").Select(static option => new QuestionOption(Text(option, "label"), option.StringOrNull("description") ?? ""))],
        value.BoolOr("multi_select", false), value.StringOrNull("body") ?? "", value.StringOrNull("other_label") ?? "", value.StringOrNull("other_description") ?? "");

    private static UserInput Input(JsonElement payload) => UserInput.Read(Member(payload, "user_input"));

    private static JsonElement Member(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement member) ? member : throw new FormatException($"the member '{name}' is missing");

    private static string Text(JsonElement value, string name) => value.StringOrNull(name) ?? throw new FormatException($"the member '{name}' must be a string");

    private static long Number(JsonElement value, string name) =>
        LongOrNull(value, name) ?? throw new FormatException($"the member '{name}' must be a whole number");

    private static double Fraction(JsonElement value, string name) =>
        value.DoubleOrNull(name) ?? throw new FormatException($"the member '{name}' must be a number");

    private static long? LongOrNull(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out long number) ? number : null;

    private static JsonElement.ArrayEnumerator Items(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;
}
