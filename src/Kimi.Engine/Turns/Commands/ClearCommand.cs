namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/clear</c>: empties the conversation; the old file is kept under another name.</summary>
internal sealed class ClearCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("clear", "Clear the context", ["reset"]);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        context.Agent.Conversation.Clear();
        context.Agent.OnHistoryRewritten?.Invoke();
        await context.SayAsync("The context has been cleared.", cancellationToken).ConfigureAwait(false);
        await context.Agent.Wire.SendAsync(context.Agent.ContextStatus(), cancellationToken).ConfigureAwait(false);
        return null;
    }
}
