using System.Collections;

namespace Kimi;

/// <summary>The model calls a tool.</summary>
public sealed class ToolCallEvent : TurnEvent
{
    private IDictionary? _arguments;

    /// <summary>The id of the call; the result carries the same.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The arguments exactly as the model wrote them; may be incomplete or broken JSON.</summary>
    public required string ArgumentsJson { get; init; }

    /// <summary>The arguments as a dictionary; empty if they are not a JSON object.</summary>
    public IDictionary Arguments => _arguments ??= JsonValues.ParseObject(ArgumentsJson);

    /// <inheritdoc/>
    public override string Kind => "ToolCall";

    /// <inheritdoc/>
    public override string Summary => Line.OfCall(Tool, ArgumentsJson, Arguments);
}
