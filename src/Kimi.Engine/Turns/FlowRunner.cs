using Kimi.Engine.Chat;
using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Turns;

/// <summary>Walks a flow: every task and decision is a nested turn; a node that leads nowhere ends it and is told of.</summary>
internal sealed class FlowRunner(SessionRun run, RunTally tally, Action<FlowNode>? deadEnd)
{
    /// <summary>Walks from the begin node to the end.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="maxMoves">Moves after which the walk is given up.</param>
    /// <param name="first">Input of the first task in place of its label; null for the label.</param>
    /// <param name="cancellationToken">Cancels the walk.</param>
    /// <returns>The last turn's result; null when there was none.</returns>
    public async Task<TurnResult?> RunAsync(Flow flow, int maxMoves, UserInput? first, CancellationToken cancellationToken)
    {
        TurnResult? result = null;
        FlowNode? node = Next(flow, flow.BeginId);
        for (int moves = 0; node is { Kind: not FlowNodeKind.End }; moves++)
        {
            if (moves >= maxMoves)
            {
                throw new MaxStepsReachedException(tally.Steps);
            }

            string prompt = FlowPrompts.For(flow, node);
            result = await run.NestedTurnAsync(moves == 0 && first is not null ? first : new UserInput(prompt), cancellationToken).ConfigureAwait(false);
            if (node.Kind != FlowNodeKind.Decision)
            {
                if (result.Reason == StopReason.ToolRejected)
                {
                    return result;
                }

                FlowNode? next = Next(flow, node.Id);
                if (next is null)
                {
                    deadEnd?.Invoke(node);
                }

                node = next;
                continue;
            }

            if (flow.EdgesFrom(node.Id).Count == 0)
            {
                return result;
            }

            FlowEdge? edge = null;
            for (int retries = 0; result.Reason != StopReason.ToolRejected; retries++)
            {
                edge = FlowPrompts.Choose(flow, node.Id, result.FinalMessage?.ExtractText() ?? "");
                if (edge is not null)
                {
                    break;
                }

                if (retries >= FlowPrompts.MaxChoiceRetries)
                {
                    throw new MaxStepsReachedException(tally.Steps);
                }

                result = await run.NestedTurnAsync(new UserInput(FlowPrompts.Again(prompt)), cancellationToken).ConfigureAwait(false);
            }

            if (edge is null)
            {
                return result;
            }

            node = flow.Nodes[edge.Target];
        }

        return result;
    }

    private static FlowNode? Next(Flow flow, string id) => flow.EdgesFrom(id) is [FlowEdge edge, ..] ? flow.Nodes[edge.Target] : null;
}
