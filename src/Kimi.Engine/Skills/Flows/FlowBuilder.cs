namespace Kimi.Engine.Skills.Flows;

/// <summary>Collects what a diagram says and checks it.</summary>
internal sealed class FlowBuilder
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, string?> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<FlowEdge>> _outgoing = new(StringComparer.Ordinal);

    /// <summary>Mentions a node; without a label it goes by its id until a label is given.</summary>
    /// <exception cref="FlowException">The node has another label already.</exception>
    public void AddNode(string id, string? label, int line)
    {
        if (!_labels.TryGetValue(id, out string? known))
        {
            _order.Add(id);
            _labels[id] = label;
        }
        else if (known is null)
        {
            _labels[id] = label;
        }
        else if (label is not null && label != known)
        {
            throw FlowException.At(line, $"Conflicting definition for node \"{id}\"");
        }
    }

    public void AddEdge(string source, string target, string? label)
    {
        if (!_outgoing.TryGetValue(source, out List<FlowEdge>? edges))
        {
            _outgoing[source] = edges = [];
        }

        edges.Add(new FlowEdge(source, target, label));
    }

    /// <exception cref="FlowException">The diagram is no valid flow.</exception>
    public Flow Build()
    {
        var nodes = new Dictionary<string, FlowNode>(StringComparer.Ordinal);
        List<string> begins = [];
        List<string> ends = [];
        foreach (string id in _order)
        {
            string label = _labels[id] ?? id;
            FlowNodeKind kind = Kind(id, label);
            nodes[id] = new FlowNode(id, label, kind);
            if (kind == FlowNodeKind.Begin)
            {
                begins.Add(id);
            }
            else if (kind == FlowNodeKind.End)
            {
                ends.Add(id);
            }
        }

        if (begins.Count != 1)
        {
            throw new FlowException($"Expected exactly one BEGIN node, found {begins.Count}");
        }

        if (ends.Count != 1)
        {
            throw new FlowException($"Expected exactly one END node, found {ends.Count}");
        }

        HashSet<string> reachable = Reachable(begins[0]);
        foreach (string id in _order)
        {
            if (reachable.Contains(id))
            {
                CheckLabels(id);
            }
        }

        return reachable.Contains(ends[0])
            ? new Flow(nodes, _outgoing, begins[0], ends[0])
            : throw new FlowException("END node is not reachable from BEGIN");
    }

    private FlowNodeKind Kind(string id, string label) => label.Trim().ToLowerInvariant() switch
    {
        "begin" => FlowNodeKind.Begin,
        "end" => FlowNodeKind.End,
        _ => _outgoing.TryGetValue(id, out List<FlowEdge>? edges) && edges.Count > 1 ? FlowNodeKind.Decision : FlowNodeKind.Task,
    };

    private HashSet<string> Reachable(string begin)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { begin };
        var queue = new Queue<string>(seen);
        while (queue.TryDequeue(out string? id))
        {
            foreach (FlowEdge edge in _outgoing.GetValueOrDefault(id) ?? [])
            {
                if (seen.Add(edge.Target))
                {
                    queue.Enqueue(edge.Target);
                }
            }
        }

        return seen;
    }

    private void CheckLabels(string id)
    {
        if (!_outgoing.TryGetValue(id, out List<FlowEdge>? edges) || edges.Count < 2)
        {
            return;
        }

        var labels = new HashSet<string>(StringComparer.Ordinal);
        foreach (FlowEdge edge in edges)
        {
            if (string.IsNullOrWhiteSpace(edge.Label))
            {
                throw new FlowException($"Node \"{id}\" has an unlabeled edge");
            }

            if (!labels.Add(edge.Label))
            {
                throw new FlowException($"Node \"{id}\" has duplicate edge labels");
            }
        }
    }
}
