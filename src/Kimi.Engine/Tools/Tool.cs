using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary>Something the model can call.</summary>
public abstract class Tool
{
    /// <summary>What the model is told of the tool; the same for the tool's whole life.</summary>
    public abstract ToolDefinition Definition { get; }

    /// <summary>The tool's name.</summary>
    public string Name => Definition.Name;

    /// <summary>Whether the tool only looks and changes nothing.</summary>
    public virtual bool IsReadOnly => false;

    /// <summary>Whether calls ask for permission themselves; rules that deny or ask are applied to the others before they run.</summary>
    public virtual bool AsksPermission => false;

    /// <summary>What a call really runs, when the tool runs others: hooks match on it too. Null when it is the tool itself.</summary>
    public virtual string? TargetOf(JsonElement arguments) => null;

    /// <summary>Runs the tool.</summary>
    /// <param name="arguments">The parsed arguments; not validated yet.</param>
    /// <param name="context">The call and where it comes from.</param>
    /// <param name="cancellationToken">Ends the call; a tool then ends its child processes and throws.</param>
    /// <exception cref="ToolArgumentException">The arguments do not fit.</exception>
    public abstract Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken);
}

/// <summary>The arguments of a call do not fit the tool.</summary>
public sealed class ToolArgumentException(string message) : Exception(message);

/// <summary>The call a tool runs for.</summary>
public sealed class ToolCallContext
{
    /// <summary>The call as the model made it.</summary>
    public required ToolCall Call { get; init; }

    /// <summary>What the call really runs (see <see cref="Tool.TargetOf"/>); known once the arguments are parsed.</summary>
    public string? Target { get; internal set; }

    /// <summary>Number of the step.</summary>
    public int Step { get; init; }

    /// <summary>Who calls: the root agent's turn or a subagent.</summary>
    public required CallSource Source { get; init; }

    /// <summary>Where messages about the call go.</summary>
    public required Wire.IWireSink Wire { get; init; }

    /// <summary>Cancelled with the whole turn; the call itself may be cancelled alone, with a failed attempt.</summary>
    public CancellationToken Turn { get; init; }
}

/// <summary>Where calls and approval requests come from.</summary>
/// <param name="Kind"><c>foreground_turn</c> or <c>background_agent</c>.</param>
/// <param name="Id">Id of the turn, of the agent call or of the background task.</param>
/// <param name="AgentId">The subagent, if it is one.</param>
/// <param name="SubagentType">Its type.</param>
public sealed record CallSource(string Kind, string Id, string? AgentId = null, string? SubagentType = null)
{
    /// <summary>Kind of a turn of the root agent or of a subagent that a turn waits for.</summary>
    public const string ForegroundTurn = "foreground_turn";

    /// <summary>Kind of a subagent running as a background task.</summary>
    public const string BackgroundAgent = "background_agent";

    /// <summary>Whether a subagent calls.</summary>
    public bool IsSubagent => AgentId is not null;
}
