using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Tests.Skills;

/// <summary>A flow written down so that a test can compare it at a glance.</summary>
internal static class FlowTestText
{
    public static string Of(Flow flow)
    {
        var lines = new List<string>();
        foreach (FlowNode node in flow.Nodes.Values)
        {
            lines.Add($"{node.Id} {node.Kind} '{node.Label}'");
        }

        foreach (FlowNode node in flow.Nodes.Values)
        {
            foreach (FlowEdge edge in flow.EdgesFrom(node.Id))
            {
                lines.Add($"{edge.Source}>{edge.Target}" + (edge.Label is null ? "" : $" '{edge.Label}'"));
            }
        }

        return string.Join("; ", lines);
    }
}
