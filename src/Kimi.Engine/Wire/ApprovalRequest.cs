using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>What a person may answer to an <see cref="ApprovalRequest"/>.</summary>
public enum ApprovalResponseKind
{
    /// <summary>Run this call.</summary>
    Approve,

    /// <summary>Run this call and every later one of the same action in this session.</summary>
    ApproveForSession,

    /// <summary>Do not run it.</summary>
    Reject,
}

/// <summary>An answer to an <see cref="ApprovalRequest"/>.</summary>
/// <param name="Kind">The decision.</param>
/// <param name="Feedback">What to do instead, on rejection; may be empty.</param>
public sealed record ApprovalAnswer(ApprovalResponseKind Kind, string Feedback = "");

/// <summary>May this tool call run?</summary>
public sealed record ApprovalRequest : WireRequest<ApprovalAnswer>
{
    /// <summary>The call in question.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>Name of the tool.</summary>
    public required string Sender { get; init; }

    /// <summary>Key for "approve for session", such as <c>run command</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What would happen, in one line.</summary>
    public required string Description { get; init; }

    /// <summary><c>foreground_turn</c> or <c>background_agent</c>.</summary>
    public string? SourceKind { get; init; }

    /// <summary>Id of the turn or of the background task.</summary>
    public string? SourceId { get; init; }

    /// <summary>The asking subagent, if it is one.</summary>
    public string? AgentId { get; init; }

    /// <summary>Its type.</summary>
    public string? SubagentType { get; init; }

    /// <summary>Description of the source; the wire server always has null here.</summary>
    public string? SourceDescription { get; init; }

    /// <summary>What is shown to the person who decides.</summary>
    public IReadOnlyList<DisplayBlock> Display { get; init; } = [];

    /// <summary>What rules match on: the command, the path, or <c>server/tool</c>. Not part of the message.</summary>
    public string Target { get; init; } = "";

    /// <summary>
    /// Whether yolo, afk, a rule or an earlier answer would have let the call run; only where every call is asked for. Not
    /// part of the message.
    /// </summary>
    public bool IsPreapproved { get; init; }

    /// <inheritdoc/>
    public override string Type => "ApprovalRequest";

    /// <inheritdoc/>
    public override void Abandon(bool turnEnded) => Respond(new ApprovalAnswer(ApprovalResponseKind.Reject));

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("tool_call_id"u8, ToolCallId);
        writer.Member("sender"u8, Sender);
        writer.Member("action"u8, Action);
        writer.Member("description"u8, Description);
        writer.Member("source_kind"u8, SourceKind);
        writer.Member("source_id"u8, SourceId);
        writer.Member("agent_id"u8, AgentId);
        writer.Member("subagent_type"u8, SubagentType);
        writer.Member("source_description"u8, SourceDescription);
        writer.Name("display"u8);
        ToolResultJson.WriteDisplay(writer, Display);
        writer.EndObject();
    }
}

/// <summary>An <see cref="ApprovalRequest"/> has been decided.</summary>
public sealed record ApprovalResponse(string RequestId, ApprovalResponseKind Response, string Feedback) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "ApprovalResponse";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("request_id"u8, RequestId);
        writer.Member("response"u8, NameOf(Response));
        writer.Member("feedback"u8, Feedback);
        writer.EndObject();
    }

    /// <summary>A decision's name in JSON.</summary>
    public static string NameOf(ApprovalResponseKind kind) => kind switch
    {
        ApprovalResponseKind.Approve => "approve",
        ApprovalResponseKind.ApproveForSession => "approve_for_session",
        _ => "reject",
    };

    /// <summary>The decision of a name; an unknown one counts as a rejection.</summary>
    public static ApprovalResponseKind Parse(string? name) => name switch
    {
        "approve" => ApprovalResponseKind.Approve,
        "approve_for_session" => ApprovalResponseKind.ApproveForSession,
        _ => ApprovalResponseKind.Reject,
    };
}
