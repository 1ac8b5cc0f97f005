using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;
using static Kimi.Cli.Printing.DebugNode;

namespace Kimi.Cli.Printing;

/// <summary>The debug form of wire messages: <c>ClassName(field=value, …)</c> with the fields of the wire.</summary>
internal static class DebugForm
{
    /// <summary>The form of a message.</summary>
    public static DebugNode Of(WireMessage message) => message switch
    {
        ContentEvent content => Part(content.Part),
        ToolCallEvent call => Call(call.Call),
        ToolCallPartEvent part => Object("ToolCallPart", ("arguments_part", DebugNode.Of(part.Part.ArgumentsPart))),
        ToolResultEvent result => Object("ToolResult", ("tool_call_id", DebugNode.Of(result.ToolCallId)), ("return_value", Return(result.ReturnValue))),
        StatusUpdate status => Status(status),
        SubagentEvent nested => Object(
            "SubagentEvent", ("parent_tool_call_id", DebugNode.Of(nested.ParentToolCallId)), ("agent_id", DebugNode.Of(nested.AgentId)),
            ("subagent_type", DebugNode.Of(nested.SubagentType)), ("event", Of(nested.Event))),
        _ => Payload(message),
    };

    // All other messages consist of plain values, so their JSON says everything.
    private static DebugNode Payload(WireMessage message)
    {
        JsonWriter writer = new();
        message.WritePayload(writer);
        using JsonDocument document = JsonDocument.Parse(writer.WrittenMemory);
        return Object(message.Type, document.RootElement.EnumerateObject().Select(member => (member.Name, member.Name switch
        {
            "user_input" when member.Value.ValueKind == JsonValueKind.Array => List(MessageJson.ReadContent(member.Value).Select(Part)),
            "display" when message is ApprovalRequest approval => List(approval.Display.Select(Block)),
            "questions" => List(member.Value.EnumerateArray().Select(static item => Named("QuestionItem", item))),
            _ => Json(member.Value),
        })).ToArray());
    }

    private static DebugNode Part(ContentPart part) => part switch
    {
        TextPart text => Object("TextPart", ("type", DebugNode.Of("text")), ("text", DebugNode.Of(text.Text))),
        ThinkPart think => Object("ThinkPart", ("type", DebugNode.Of("think")), ("think", DebugNode.Of(think.Think)), ("encrypted", DebugNode.Of(think.Encrypted))),
        ImageUrlPart image => Media("ImageURL", image),
        AudioUrlPart audio => Media("AudioURL", audio),
        _ => Media("VideoURL", (MediaPart)part),
    };

    private static DebugNode Media(string name, MediaPart part) => Object(
        $"{name}Part", ("type", DebugNode.Of(part.Type)), (part.Type, Object(name, ("url", DebugNode.Of(part.Url)), ("id", DebugNode.Of(part.Id)))));

    private static DebugNode Call(ToolCall call) => Object(
        "ToolCall", ("type", DebugNode.Of("function")), ("id", DebugNode.Of(call.Id)),
        ("function", Object("FunctionBody", ("name", DebugNode.Of(call.Name)), ("arguments", DebugNode.Of(call.Arguments)))),
        ("extras", call.Extras is JsonElement extras ? Json(extras) : None));

    private static DebugNode Return(ToolReturnValue value) => Object(
        value.IsError ? value.Rejection is null ? "ToolError" : "ToolRejectedError" : "ToolOk",
        ("is_error", DebugNode.Of(value.IsError)),
        ("output", value.OutputParts is null ? DebugNode.Of(value.OutputText ?? "") : List(value.OutputParts.Select(Part))),
        ("message", DebugNode.Of(value.Message)), ("display", List(value.Display.Select(Block))),
        ("extras", value.Extras is JsonElement extras ? Json(extras) : None));

    private static DebugNode Block(DisplayBlock block) => block switch
    {
        BriefBlock brief => Object("BriefDisplayBlock", ("type", DebugNode.Of("brief")), ("text", DebugNode.Of(brief.Text))),
        DiffBlock diff => Object(
            "DiffDisplayBlock", ("type", DebugNode.Of("diff")), ("path", DebugNode.Of(diff.Path)), ("old_text", DebugNode.Of(diff.OldText)),
            ("new_text", DebugNode.Of(diff.NewText)), ("old_start", DebugNode.Of(diff.OldStart)), ("new_start", DebugNode.Of(diff.NewStart)),
            ("is_summary", DebugNode.Of(diff.IsSummary))),
        TodoBlock todo => Object("TodoDisplayBlock", ("type", DebugNode.Of("todo")), ("items", List(todo.Items.Select(static item =>
            Object("TodoDisplayItem", ("title", DebugNode.Of(item.Title)), ("status", DebugNode.Of(item.StatusName))))))),
        ShellBlock shell => Object("ShellDisplayBlock", ("type", DebugNode.Of("shell")), ("language", DebugNode.Of(shell.Language)), ("command", DebugNode.Of(shell.Command))),
        BackgroundTaskBlock task => Object(
            "BackgroundTaskDisplayBlock", ("type", DebugNode.Of("background_task")), ("task_id", DebugNode.Of(task.TaskId)), ("kind", DebugNode.Of(task.Kind)),
            ("status", DebugNode.Of(task.Status)), ("description", DebugNode.Of(task.Description))),
        _ => Object("UnknownDisplayBlock", ("type", DebugNode.Of(block.Type)), ("data", Json(((UnknownBlock)block).Data))),
    };

    private static DebugNode Status(StatusUpdate status) => Object(
        "StatusUpdate",
        ("context_usage", status.ContextUsage is double usage ? DebugNode.Of(usage) : None),
        ("context_tokens", status.ContextTokens is long tokens ? DebugNode.Of(tokens) : None),
        ("max_context_tokens", status.MaxContextTokens is long most ? DebugNode.Of(most) : None),
        ("token_usage", status.TokenUsage is not TokenUsage count ? None : Object(
            "TokenUsage", ("input_other", DebugNode.Of(count.InputOther)), ("output", DebugNode.Of(count.Output)),
            ("input_cache_read", DebugNode.Of(count.InputCacheRead)), ("input_cache_creation", DebugNode.Of(count.InputCacheCreation)))),
        ("message_id", DebugNode.Of(status.MessageId)),
        ("plan_mode", status.PlanMode is bool plan ? DebugNode.Of(plan) : None),
        ("mcp_status", status.McpStatus is not McpStatus mcp ? None : Object(
            "MCPStatusSnapshot", ("loading", DebugNode.Of(mcp.Loading)), ("connected", DebugNode.Of(mcp.Connected)), ("total", DebugNode.Of(mcp.Total)),
            ("tools", DebugNode.Of(mcp.Tools)), ("servers", List(mcp.Servers.Select(static server => Object(
                "MCPServerSnapshot", ("name", DebugNode.Of(server.Name)), ("status", DebugNode.Of(server.Status)), ("tools", List(server.Tools.Select(DebugNode.Of))))))))));

    private static DebugNode Named(string name, JsonElement value) => Object(name, value.EnumerateObject().Select(static member => (member.Name, member.Name switch
    {
        "options" => List(member.Value.EnumerateArray().Select(static option => Named("QuestionOption", option))),
        _ => Json(member.Value),
    })).ToArray());

    private static DebugNode Json(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => Map(value.EnumerateObject().Select(static member => (member.Name, Json(member.Value)))),
        JsonValueKind.Array => List(value.EnumerateArray().Select(Json)),
        JsonValueKind.String => DebugNode.Of(value.ReadString()),
        JsonValueKind.Number => Literal(value.GetRawText()),
        JsonValueKind.True or JsonValueKind.False => DebugNode.Of(value.ValueKind == JsonValueKind.True),
        _ => None,
    };
}
