using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/afk</c>: says that nobody is present, or that somebody is again.</summary>
internal sealed class AfkCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("afk", "Toggle afk mode (auto-dismiss AskUserQuestion, auto-approve tool calls)", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        bool on = !context.Approval.Afk;
        context.Approval.Afk = on;
        context.Afk.Rearm();
        if (on)
        {
            await context.SayAsync("afk mode enabled. AskUserQuestion will be auto-dismissed and tool calls auto-approved.", cancellationToken).ConfigureAwait(false);
            return null;
        }

        string reminder = EmbeddedText.Read("Turns/Injections/Prompts/afk-off.md").Trim();
        context.Agent.Conversation.Append(new Message(Role.User, $"<system-reminder>\n{reminder}\n</system-reminder>"));
        string yolo = context.Approval.Yolo ? " Yolo is still on." : "";
        await context.SayAsync($"afk mode disabled. You are back at the terminal.{yolo}", cancellationToken).ConfigureAwait(false);
        return null;
    }
}
