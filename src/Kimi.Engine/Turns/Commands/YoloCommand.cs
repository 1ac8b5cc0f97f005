namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/yolo</c>: switches approving everything on or off.</summary>
internal sealed class YoloCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("yolo", "Toggle YOLO mode (auto-approve all actions)", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        bool on = !context.Approval.Yolo;
        context.Approval.Yolo = on;
        string text = on ? "You only live once! All actions will be auto-approved."
            : context.Approval.IsAfk ? "Yolo disabled, but afk is still on — tool calls remain auto-approved. Use /afk to turn off afk."
            : "You only die once! Actions will require approval.";
        await context.SayAsync(text, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
