using Kimi.Engine.Turns.Compaction;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/compact</c>: replaces the older part of the conversation by a summary.</summary>
internal sealed class CompactCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("compact", "Compact the context (optionally with a custom focus, e.g. /compact keep db discussions)", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        if (context.Agent.Conversation.NextCheckpoint == 0)
        {
            await context.SayAsync("The context is empty.", cancellationToken).ConfigureAwait(false);
            return null;
        }

        string focus = arguments.Trim();
        await Compactor.CompactAsync(context.Agent, focus.Length == 0 ? "manual" : "manual-with-prompt", focus, run.Tally, cancellationToken).ConfigureAwait(false);
        await context.SayAsync("The context has been compacted.", cancellationToken).ConfigureAwait(false);
        await context.Agent.Wire.SendAsync(context.Agent.ContextStatus(), cancellationToken).ConfigureAwait(false);
        return null;
    }
}
