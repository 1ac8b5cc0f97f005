using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary>What the loop needs of a toolset.</summary>
public interface IToolDispatcher
{
    /// <summary>The tools offered to the model, in order; the same list until it changes.</summary>
    IReadOnlyList<ToolDefinition> Definitions { get; }

    /// <summary>Forgets the calls of earlier steps: a turn begins, or the conversation went back.</summary>
    void BeginTurn();

    /// <summary>A step, or another attempt at it, begins.</summary>
    void BeginStep();

    /// <summary>Runs a call through the whole pipeline; throws nothing but cancellation.</summary>
    Task<ToolReturnValue> HandleAsync(ToolCall call, ToolCallContext context, CancellationToken cancellationToken);

    /// <summary>The step's calls are over; true when one call was repeated so often that the turn must stop.</summary>
    bool EndStep();
}
