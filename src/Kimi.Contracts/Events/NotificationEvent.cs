namespace Kimi;

/// <summary>News from a background task or an agent.</summary>
public sealed class NotificationEvent : TurnEvent
{
    /// <summary>The id of the notification.</summary>
    public required string NotificationId { get; init; }

    /// <summary><c>task</c>, <c>agent</c> or <c>system</c>.</summary>
    public required string Category { get; init; }

    /// <summary>What happened, such as <c>task.completed</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The kind of thing it comes from.</summary>
    public required string SourceKind { get; init; }

    /// <summary>The id of the thing it comes from.</summary>
    public required string SourceId { get; init; }

    /// <summary>The title.</summary>
    public required string Title { get; init; }

    /// <summary>The text.</summary>
    public required string Body { get; init; }

    /// <summary><c>info</c>, <c>success</c>, <c>warning</c> or <c>error</c>.</summary>
    public required string Severity { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTime CreatedUtc { get; init; }

    /// <inheritdoc/>
    public override string Kind => "Notification";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Body.Length == 0 ? Title : $"{Title}: {Body}");
}
