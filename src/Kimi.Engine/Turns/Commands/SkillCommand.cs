using Kimi.Engine.Chat;
using Kimi.Engine.Skills;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/skill:NAME</c>: sends a skill's text as the user's message.</summary>
internal sealed class SkillCommand(Skill skill) : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new(SlashCommands.SkillPrefix + skill.Name, skill.Description, []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        if (SkillPrompt.Build(skill, arguments) is string prompt)
        {
            return await run.InnerTurnAsync([new TextPart(prompt)], cancellationToken).ConfigureAwait(false);
        }

        await context.SayAsync(SkillPrompt.FailureText(skill.Name), cancellationToken).ConfigureAwait(false);
        return null;
    }
}
