using System.Text;

namespace Kimi.Engine.Skills.Flows;

/// <summary>The words between a flow and the model.</summary>
internal static class FlowPrompts
{
    /// <summary>Moves after which a flow is stopped.</summary>
    public const int MaxMoves = 1000;

    /// <summary>Answers without a valid choice, in a row, after which a decision is given up.</summary>
    public const int MaxChoiceRetries = 1000;

    private const string Open = "<choice>";
    private const string Close = "</choice>";

    /// <summary>What a task or decision node says to the model.</summary>
    public static string For(Flow flow, FlowNode node)
    {
        if (node.Kind != FlowNodeKind.Decision)
        {
            return node.Label;
        }

        var text = new StringBuilder(node.Label);
        text.Append("\n\nAvailable branches:\n");
        foreach (FlowEdge edge in flow.EdgesFrom(node.Id))
        {
            if (!string.IsNullOrEmpty(edge.Label))
            {
                text.Append("- ").Append(edge.Label).Append('\n');
            }
        }

        return text.Append("\nReply with a choice using <choice>...</choice>.").ToString();
    }

    /// <summary>The same prompt after an answer without a valid choice.</summary>
    public static string Again(string prompt) =>
        prompt + "\n\nYour last response did not include a valid choice. Reply with one of the choices using <choice>...</choice>.";

    /// <summary>The edge that the answer's last choice names; null when it names none.</summary>
    public static FlowEdge? Choose(Flow flow, string nodeId, string answer)
    {
        if (LastChoice(answer) is not { } choice)
        {
            return null;
        }

        foreach (FlowEdge edge in flow.EdgesFrom(nodeId))
        {
            if (edge.Label == choice)
            {
                return edge;
            }
        }

        return null;
    }

    /// <summary>The text in the last <c>choice</c> tag, trimmed; null when there is none.</summary>
    public static string? LastChoice(string answer)
    {
        for (int end = answer.Length; end > 0 && (end = answer.LastIndexOf(Close, end - 1, StringComparison.Ordinal)) > 0;)
        {
            int open = answer.LastIndexOf('<', end - 1);
            if (open < 0)
            {
                return null;
            }

            if (string.CompareOrdinal(answer, open, Open, 0, Open.Length) == 0)
            {
                return answer[(open + Open.Length)..end].Trim();
            }
        }

        return null;
    }
}
