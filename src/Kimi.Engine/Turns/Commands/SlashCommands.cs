using Kimi.Engine.Skills;

namespace Kimi.Engine.Turns.Commands;

/// <summary>The commands of a session, in the order clients are told of them. Nothing is made, and no skill is read, before it is asked for.</summary>
internal sealed class SlashCommands(CommandContext context)
{
    /// <summary>What the names of skills begin with.</summary>
    public const string SkillPrefix = "skill:";

    /// <summary>What the names of flows begin with.</summary>
    public const string FlowPrefix = "flow:";

    private List<ISlashCommand>? _builtIn;
    private List<ISlashCommand>? _ofSkills;

    /// <summary>All commands, in order.</summary>
    public IReadOnlyList<SlashCommandInfo> List => [.. BuiltIn.Concat(OfSkills).Select(static command => command.Info)];

    private List<ISlashCommand> BuiltIn => _builtIn ??=
    [
        new InitCommand(), new CompactCommand(), new ClearCommand(), new YoloCommand(), new AfkCommand(), new PlanCommand(),
        new AddDirectoryCommand(), new ExportCommand(), new ImportCommand(),
    ];

    private List<ISlashCommand> OfSkills
    {
        get
        {
            if (_ofSkills is null)
            {
                IReadOnlyList<Skill> skills = context.Skills().Skills;
                _ofSkills = [.. skills.Select(static skill => new SkillCommand(skill))];
                foreach (Skill skill in skills)
                {
                    if (skill.Flow is not null)
                    {
                        _ofSkills.Add(new FlowCommand(skill, skill.Flow));
                    }
                }
            }

            return _ofSkills;
        }
    }

    /// <summary>Runs a command; an unknown one is answered with a sentence.</summary>
    public async Task<TurnResult?> RunAsync(SlashCommandLine line, SessionRun run, CancellationToken cancellationToken)
    {
        if (Find(line.Name) is ISlashCommand command)
        {
            return await command.RunAsync(line.Arguments, context, run, cancellationToken).ConfigureAwait(false);
        }

        await context.SayAsync($"Unknown slash command \"/{line.Name}\".", cancellationToken).ConfigureAwait(false);
        return null;
    }

    private ISlashCommand? Find(string name)
    {
        bool isOfSkill = name.StartsWith(SkillPrefix, StringComparison.Ordinal) || name.StartsWith(FlowPrefix, StringComparison.Ordinal);
        foreach (ISlashCommand command in isOfSkill ? OfSkills : BuiltIn)
        {
            if (command.Info.Name == name || command.Info.Aliases.Contains(name))
            {
                return command;
            }
        }

        return null;
    }
}
