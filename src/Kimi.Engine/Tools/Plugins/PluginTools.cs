using System.Runtime.CompilerServices;
using Kimi.Engine.Skills.Plugins;

namespace Kimi.Engine.Tools.Plugins;

/// <summary>Gives agents the tools of the installed plugins.</summary>
internal static class PluginTools
{
    /// <summary>Adds the tools of all plugins, by directory; a name that is taken stays with whom it belongs to.</summary>
    public static void Add(Toolset toolset, ToolServices services, Action<string> log)
    {
        // Most people have no plugins: nothing of this is loaded then.
        if (Directory.Exists(services.Share.PluginsDirectory))
        {
            AddAll(toolset, services, log);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddAll(Toolset toolset, ToolServices services, Action<string> log)
    {
        PluginStore store = new(services.Share.PluginsDirectory);
        IReadOnlyDictionary<string, string> hostValues = PluginStore.HostValues(services.Config);
        if (!services.IsSubagent)
        {
            store.RefreshInjected(hostValues, log);
        }

        foreach (Plugin plugin in store.List(log))
        {
            foreach (Skills.Plugins.PluginTool tool in plugin.Tools)
            {
                PluginTool made = new(tool.Name, tool.Description, tool.Parameters, tool.Command, plugin.Directory, services)
                {
                    Variables = plugin.Environment(hostValues),
                };
                if (!toolset.TryAdd(made))
                {
                    log($"The tool '{tool.Name}' of the plugin '{plugin.Name}' is left out: there is a tool of that name.");
                }
            }
        }
    }
}
