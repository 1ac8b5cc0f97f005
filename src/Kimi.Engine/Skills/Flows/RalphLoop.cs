namespace Kimi.Engine.Skills.Flows;

/// <summary>The flow that feeds one prompt to the model again and again until it says stop.</summary>
internal static class RalphLoop
{
    /// <summary>The first node. Its turn carries the user's original input, not the label.</summary>
    public const string FirstNodeId = "R1";

    /// <summary>The node that is repeated.</summary>
    public const string DecisionNodeId = "R2";

    private const string BeginId = "BEGIN";
    private const string EndId = "END";

    private const string Note = ". (You are running in an automated loop that sends this same prompt again and again. "
        + "Choose STOP only when the task is completely done; otherwise choose CONTINUE and keep working. "
        + "If you are not sure, choose CONTINUE.)";

    /// <summary>The flow for a prompt.</summary>
    public static Flow Create(string prompt)
    {
        // Not through the builder: a prompt that happens to read "end" is still a task.
        var nodes = new Dictionary<string, FlowNode>(StringComparer.Ordinal)
        {
            [BeginId] = new(BeginId, BeginId, FlowNodeKind.Begin),
            [EndId] = new(EndId, EndId, FlowNodeKind.End),
            [FirstNodeId] = new(FirstNodeId, prompt, FlowNodeKind.Task),
            [DecisionNodeId] = new(DecisionNodeId, prompt + Note, FlowNodeKind.Decision),
        };
        var edges = new Dictionary<string, List<FlowEdge>>(StringComparer.Ordinal)
        {
            [BeginId] = [new(BeginId, FirstNodeId, null)],
            [FirstNodeId] = [new(FirstNodeId, DecisionNodeId, null)],
            [DecisionNodeId] = [new(DecisionNodeId, DecisionNodeId, "CONTINUE"), new(DecisionNodeId, EndId, "STOP")],
        };
        return new Flow(nodes, edges, BeginId, EndId);
    }

    /// <summary>The move limit for a setting of <c>max_ralph_iterations</c>; −1 is practically none.</summary>
    public static int MaxMoves(int iterations) => iterations < 0 ? int.MaxValue : iterations == int.MaxValue ? iterations : iterations + 1;
}
