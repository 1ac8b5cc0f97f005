using Kimi.Cli.Options;
using Kimi.Engine.Turns.Background;

namespace Kimi.Cli.Commands;

/// <summary>The commands beside the agent itself.</summary>
internal static class CommandTable
{
    /// <summary>What the help page lists.</summary>
    public static IReadOnlyList<(string Name, string Help)> Listed =>
    [
        ("info", "Show versions."),
        ("export", ExportCommand.Help),
        ("mcp", McpCommand.Help),
        ("plugin", PluginCommand.Help),
        ("provider", ProviderCommand.Help),
    ];

    /// <summary>Runs a command.</summary>
    /// <exception cref="UsageException">There is no such command, or its arguments are wrong.</exception>
    public static async Task<int> RunAsync(string command, string[] arguments)
    {
        using Interruption interruption = new();
        return command switch
        {
            BackgroundWorker.CommandName => await BackgroundWorker.RunAsync(arguments, interruption.Token).ConfigureAwait(false),
            "info" => InfoCommand.Run(arguments),
            "export" => await CommandRunner.RunAsync(ExportCommand.Make(), arguments, interruption.Token).ConfigureAwait(false),
            "mcp" => await CommandRunner.RunAsync(McpCommand.Make(), arguments, interruption.Token).ConfigureAwait(false),
            "plugin" => await CommandRunner.RunAsync(PluginCommand.Make(), arguments, interruption.Token).ConfigureAwait(false),
            "provider" => await CommandRunner.RunAsync(ProviderCommand.Make(), arguments, interruption.Token).ConfigureAwait(false),
            _ => throw new UsageException($"No such command '{command}'."),
        };
    }
}
