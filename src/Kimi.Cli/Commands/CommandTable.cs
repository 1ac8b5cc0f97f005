using Kimi.Cli.Options;

namespace Kimi.Cli.Commands;

/// <summary>The commands beside the agent itself.</summary>
internal static class CommandTable
{
    /// <summary>What the help page lists.</summary>
    public static IReadOnlyList<(string Name, string Help)> Listed => [("info", "Show versions.")];

    /// <summary>Runs a command.</summary>
    /// <exception cref="UsageException">There is no such command.</exception>
    public static Task<int> RunAsync(string command, string[] arguments) => command switch
    {
        "info" => Task.FromResult(InfoCommand.Run(arguments)),
        _ => throw new UsageException($"No such command '{command}'."),
    };
}
