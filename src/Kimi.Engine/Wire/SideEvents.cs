using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>Something happened beside the turn, such as the end of a background task.</summary>
public sealed record NotificationEvent : WireEvent
{
    /// <summary>Id, <c>n</c> and 8 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary><c>task</c>, <c>agent</c> or <c>system</c>.</summary>
    public required string Category { get; init; }

    /// <summary>Such as <c>task.completed</c>.</summary>
    public required string NotificationType { get; init; }

    /// <summary>Kind of the source.</summary>
    public required string SourceKind { get; init; }

    /// <summary>Id of the source.</summary>
    public required string SourceId { get; init; }

    /// <summary>One line.</summary>
    public required string Title { get; init; }

    /// <summary>The text.</summary>
    public required string Body { get; init; }

    /// <summary><c>info</c>, <c>success</c>, <c>warning</c> or <c>error</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>Unix seconds.</summary>
    public required double CreatedAt { get; init; }

    /// <summary>Facts (an object).</summary>
    public required JsonElement Payload { get; init; }

    /// <inheritdoc/>
    public override string Type => "Notification";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("category"u8, Category);
        writer.Member("type"u8, NotificationType);
        writer.Member("source_kind"u8, SourceKind);
        writer.Member("source_id"u8, SourceId);
        writer.Member("title"u8, Title);
        writer.Member("body"u8, Body);
        writer.Member("severity"u8, Severity);
        writer.Member("created_at"u8, (double?)CreatedAt);
        writer.Name("payload"u8);
        writer.Element(Payload);
        writer.EndObject();
    }
}

/// <summary>A plan is shown, before its approval is asked for.</summary>
/// <param name="Content">Markdown.</param>
/// <param name="FilePath">The plan's file.</param>
public sealed record PlanDisplay(string Content, string FilePath) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "PlanDisplay";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("content"u8, Content);
        writer.Member("file_path"u8, FilePath);
        writer.EndObject();
    }
}

/// <summary>A side question begins.</summary>
public sealed record BtwBegin(string Id, string Question) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "BtwBegin";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("question"u8, Question);
        writer.EndObject();
    }
}

/// <summary>A side question has ended.</summary>
public sealed record BtwEnd(string Id, string? Response, string? Error) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "BtwEnd";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("response"u8, Response);
        writer.Member("error"u8, Error);
        writer.EndObject();
    }
}

/// <summary>Hooks of an event start.</summary>
public sealed record HookTriggered(string Event, string Target, int HookCount) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "HookTriggered";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("event"u8, Event);
        writer.Member("target"u8, Target);
        writer.Member("hook_count"u8, HookCount);
        writer.EndObject();
    }
}

/// <summary>Hooks of an event have ended.</summary>
/// <param name="Event">The event.</param>
/// <param name="Target">What the matcher was compared with.</param>
/// <param name="Action"><c>allow</c> or <c>block</c>.</param>
/// <param name="Reason">Reason of the first block.</param>
/// <param name="DurationMs">Milliseconds the hooks took.</param>
public sealed record HookResolved(string Event, string Target, string Action, string Reason, long DurationMs) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "HookResolved";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("event"u8, Event);
        writer.Member("target"u8, Target);
        writer.Member("action"u8, Action);
        writer.Member("reason"u8, Reason);
        writer.Member("duration_ms"u8, DurationMs);
        writer.EndObject();
    }
}

/// <summary>An event of a foreground subagent.</summary>
public sealed record SubagentEvent(string? ParentToolCallId, string? AgentId, string? SubagentType, WireEvent Event) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "SubagentEvent";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("parent_tool_call_id"u8, ParentToolCallId);
        writer.Member("agent_id"u8, AgentId);
        writer.Member("subagent_type"u8, SubagentType);
        writer.Name("event"u8);
        Event.WriteEnvelope(writer);
        writer.EndObject();
    }
}
