namespace Kimi;

/// <summary>The plan that is about to be put to the user.</summary>
public sealed class PlanDisplayEvent : TurnEvent
{
    /// <summary>The plan as Markdown.</summary>
    public required string Content { get; init; }

    /// <summary>The file that holds it.</summary>
    public required string FilePath { get; init; }

    /// <inheritdoc/>
    public override string Kind => "PlanDisplay";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Content);
}
