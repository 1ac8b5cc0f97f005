using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Providers;
using Kimi.Engine.Sessions;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Compaction;

/// <summary>Replaces the older part of a conversation by a summary that the model writes.</summary>
internal static class Compactor
{
    private const int MessagesKept = 2;
    private const string Note = "<system>Previous context has been compacted. Here is the compaction output:</system>";

    /// <summary>Compacts. A failure leaves the conversation as it was.</summary>
    /// <param name="agent">Whose conversation.</param>
    /// <param name="trigger"><c>auto</c>, <c>manual</c> or <c>manual-with-prompt</c>.</param>
    /// <param name="focus">What the user wants kept; may be empty.</param>
    /// <param name="tally">Counts the tokens used.</param>
    /// <param name="cancellationToken">Cancels before the conversation is changed.</param>
    public static async Task CompactAsync(Agent agent, string trigger, string focus, RunTally tally, CancellationToken cancellationToken)
    {
        AgentModel model = agent.Model ?? throw new LlmNotSetException();
        Conversation conversation = agent.Conversation;
        await agent.Hooks.TriggerAsync(
            HookEvent.PreCompact, trigger, HookPayload.PreCompact(trigger, conversation.EstimatedTokenCount), cancellationToken).ConfigureAwait(false);
        await agent.Wire.SendAsync(new CompactionBegin(), cancellationToken).ConfigureAwait(false);

        Message[] history = [.. conversation.History];
        int split = SplitIndex(history);
        Message[] preserved = history[split..];
        List<Message> replacement = [];
        long tokens = Conversation.Estimate(preserved);
        if (split > 0)
        {
            (Message summary, TokenUsage? usage) = await SummarizeAsync(agent, model, history[..split], preserved, focus, cancellationToken).ConfigureAwait(false);
            replacement.Add(summary);
            if (usage is null)
            {
                tokens = Conversation.Estimate([summary, .. preserved]);
            }
            else
            {
                tokens += usage.Output;
                tally.Add(usage, model);
                agent.Models?.Used(model.Name, usage);
            }
        }

        replacement.AddRange(preserved);
        if (agent.Notifications?.ActiveTasks() is Message tasks)
        {
            replacement.Add(tasks);
            tokens += Conversation.Estimate([tasks]);
        }

        conversation.Replace(replacement, tokens);
        agent.DMail.CheckpointCount = conversation.NextCheckpoint;
        foreach (IInjection injection in agent.Injections)
        {
            injection.OnCompacted();
        }

        agent.OnHistoryRewritten?.Invoke();
        await agent.Wire.SendAsync(new CompactionEnd(), cancellationToken).ConfigureAwait(false);
        agent.Hooks.Fire(HookEvent.PostCompact, trigger, HookPayload.PostCompact(trigger, tokens));
    }

    /// <summary>Index of the first message kept as it is: from the second-last message of user or assistant on.</summary>
    private static int SplitIndex(Message[] history)
    {
        int found = 0;
        for (int i = history.Length - 1; i >= 0; i--)
        {
            if (history[i].Role is Role.User or Role.Assistant && ++found == MessagesKept)
            {
                return i;
            }
        }

        return 0;
    }

    private static async Task<(Message Summary, TokenUsage? Usage)> SummarizeAsync(
        Agent agent, AgentModel model, Message[] older, Message[] preserved, string focus, CancellationToken cancellationToken)
    {
        List<ContentPart> parts = [];
        for (int i = 0; i < older.Length; i++)
        {
            parts.Add(new TextPart(string.Create(CultureInfo.InvariantCulture, $"## Message {i + 1}\nRole: {MessageJson.NameOf(older[i].Role)}\nContent:\n")));
            parts.AddRange(older[i].Content.OfType<TextPart>());
        }

        StringBuilder instructions = new("\n");
        instructions.Append(EmbeddedText.Read("Turns/Compaction/Prompts/instructions.md").Trim());
        if (focus.Length > 0)
        {
            instructions.Append("\n\n**The user asks for this above all; where it conflicts with the instructions before, it wins:**\n").Append(focus);
        }

        parts.Add(new TextPart(instructions.ToString()));
        string systemPrompt = EmbeddedText.Read("Turns/Compaction/Prompts/system.md").Trim();
        Message[] history = [new Message(Role.User, parts)];
        long input = Math.Max(
            agent.Estimate.Of(systemPrompt, [], history),
            agent.Estimate.Of(agent.Conversation.SystemPrompt ?? "", agent.Tools.Definitions, preserved));
        ChatRequest request = new()
        {
            SystemPrompt = systemPrompt,
            Tools = [],
            History = history,
            MaxCompletionTokens = RequestEstimate.Cap(model, input, agent.Limits.ReservedContextSize),
        };
        Generation answer = await agent.Caller.CallAsync(new TextOnlyProvider(model.Provider), request, agent.Limits.MaxRetriesPerStep, observer: null, cancellationToken).ConfigureAwait(false);
        IEnumerable<ContentPart> content = answer.Message.Content.Where(static part => part is not ThinkPart);
        return (new Message(Role.User, [new TextPart(Note), .. content]), answer.Usage);
    }
}
