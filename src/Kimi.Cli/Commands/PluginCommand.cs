using System.CommandLine;
using Kimi.Engine.Configuration;
using Kimi.Engine.Skills.Plugins;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi plugin …</c>: the plugins of the share directory.</summary>
internal static class PluginCommand
{
    public const string Help = "Manage plugins.";

    public static Command Make() => new("plugin", Help)
    {
        OfOne("install", "TARGET", "Install a plugin from a directory, a zip file, or the URL of a zip file or a git repository.", InstallAsync),
        OfNone("list", "List the installed plugins.", static store => store.DescribeAll()),
        OfOne("remove", "NAME", "Remove a plugin.", static (store, _, name, _) =>
        {
            store.Remove(name);
            return Task.FromResult($"Removed plugin '{name}'");
        }),
        OfOne("info", "NAME", "Show what a plugin has.", static (store, _, name, _) => Task.FromResult(store.Describe(name))),
    };

    private static async Task<string> InstallAsync(PluginStore store, ShareDirectory share, string target, CancellationToken cancellationToken)
    {
        Plugin plugin = await store.InstallAsync(target, PluginStore.HostValues(ConfigurationLoader.LoadDefault(share).Config), cancellationToken).ConfigureAwait(false);
        return $"Installed plugin '{plugin.Name}' v{plugin.Version}";
    }

    private static Command OfNone(string verb, string help, Func<PluginStore, string> run)
    {
        Command command = new(verb, help);
        command.SetAction((_, stop) => Guarded((store, _, _) => Task.FromResult(run(store)), stop));
        return command;
    }

    private static Command OfOne(string verb, string what, string help, Func<PluginStore, ShareDirectory, string, CancellationToken, Task<string>> run)
    {
        Argument<string> argument = new(what);
        Command command = new(verb, help) { argument };
        command.SetAction((parsed, stop) => Guarded((store, share, cancel) => run(store, share, parsed.GetValue(argument)!, cancel), stop));
        return command;
    }

    private static async Task<int> Guarded(Func<PluginStore, ShareDirectory, CancellationToken, Task<string>> run, CancellationToken cancellationToken)
    {
        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        try
        {
            Console.Out.WriteLine(await run(new PluginStore(share.PluginsDirectory), share, cancellationToken).ConfigureAwait(false));
            return ExitCode.Success;
        }
        catch (Exception failed) when (failed is PluginException or ConfigurationException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Error: {failed.Message}");
            return ExitCode.Failure;
        }
    }
}
