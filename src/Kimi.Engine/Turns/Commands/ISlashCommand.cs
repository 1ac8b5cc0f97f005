namespace Kimi.Engine.Turns.Commands;

/// <summary>A slash command. It runs inside the events of its run; what it says is text parts.</summary>
internal interface ISlashCommand
{
    /// <summary>Name, description and aliases.</summary>
    SlashCommandInfo Info { get; }

    /// <summary>Runs the command.</summary>
    /// <param name="arguments">What follows the name; may be empty.</param>
    /// <param name="context">What commands work on.</param>
    /// <param name="run">The run it belongs to.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The result of a turn that the command ran; null when it ran none.</returns>
    Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken);
}
