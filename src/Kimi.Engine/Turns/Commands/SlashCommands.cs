namespace Kimi.Engine.Turns.Commands;

/// <summary>The commands of a session, in the order clients are told of them.</summary>
internal sealed class SlashCommands(CommandContext context)
{
    private readonly List<ISlashCommand> _commands = [];
    private readonly Dictionary<string, ISlashCommand> _byName = new(StringComparer.Ordinal);

    /// <summary>All commands, in order.</summary>
    public IReadOnlyList<SlashCommandInfo> List => [.. _commands.Select(static command => command.Info)];

    /// <summary>Adds a command unless its name is taken.</summary>
    public void Add(ISlashCommand command)
    {
        if (!_byName.TryAdd(command.Info.Name, command))
        {
            return;
        }

        _commands.Add(command);
        foreach (string alias in command.Info.Aliases)
        {
            _byName.TryAdd(alias, command);
        }
    }

    /// <summary>Runs a command; an unknown one is answered with a sentence.</summary>
    public async Task<TurnResult?> RunAsync(SlashCommandLine line, SessionRun run, CancellationToken cancellationToken)
    {
        if (_byName.TryGetValue(line.Name, out ISlashCommand? command))
        {
            return await command.RunAsync(line.Arguments, context, run, cancellationToken).ConfigureAwait(false);
        }

        await context.SayAsync($"Unknown slash command \"/{line.Name}\".", cancellationToken).ConfigureAwait(false);
        return null;
    }
}
