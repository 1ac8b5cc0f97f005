using Kimi.Engine.Skills;
using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/flow:NAME</c>: walks through a flow skill's diagram. With arguments it does nothing.</summary>
internal sealed class FlowCommand(Skill skill, Flow flow) : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new(SlashCommands.FlowPrefix + skill.Name, skill.Description, []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        if (arguments.Trim().Length > 0)
        {
            context.Log("Warning", $"The command /{Info.Name} takes no arguments; it was not run.");
            return null;
        }

        return await run.RunFlowAsync(
            flow,
            FlowPrompts.MaxMoves,
            first: null,
            node => context.Log("Error", $"The flow /{Info.Name} ended at its node \"{node.Id}\", which leads nowhere."),
            cancellationToken).ConfigureAwait(false);
    }
}
