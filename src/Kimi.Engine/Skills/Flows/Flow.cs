namespace Kimi.Engine.Skills.Flows;

/// <summary>A valid flow: one begin, one end that can be reached, decisions with distinct labels.</summary>
internal sealed class Flow
{
    private readonly Dictionary<string, List<FlowEdge>> _outgoing;

    public Flow(Dictionary<string, FlowNode> nodes, Dictionary<string, List<FlowEdge>> outgoing, string beginId, string endId)
    {
        Nodes = nodes;
        _outgoing = outgoing;
        BeginId = beginId;
        EndId = endId;
    }

    public IReadOnlyDictionary<string, FlowNode> Nodes { get; }

    public string BeginId { get; }

    public string EndId { get; }

    /// <summary>The edges that leave a node, in diagram order.</summary>
    public IReadOnlyList<FlowEdge> EdgesFrom(string id) => _outgoing.TryGetValue(id, out List<FlowEdge>? edges) ? edges : [];
}
