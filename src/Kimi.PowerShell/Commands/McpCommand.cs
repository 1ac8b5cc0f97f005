using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>What cmdlets about configured MCP servers share.</summary>
public abstract class McpCommand : McpFileCommand
{
    /// <summary>Files that name MCP servers; the default one if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? McpConfigFile { get; set; }

    /// <summary>The share directory.</summary>
    private protected static ShareDirectory Share() => ShareDirectory.Locate(EnvironmentSource.Process);

    /// <summary>The configured servers; ends the command if the configuration cannot be used.</summary>
    private protected IReadOnlyList<McpServerConfig> Configured()
    {
        string[] files = [.. (McpConfigFile ?? []).Select(Existing)];
        try
        {
            return McpConfigSources.Load(Share(), files, []);
        }
        catch (McpConfigException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, files.Length > 0 ? files : Share().McpFile));
            throw; // not reached
        }
    }

    /// <summary>The configured servers that bear one of the names, each once; reports a name that none bears.</summary>
    private protected IReadOnlyList<McpServerConfig> Select(IReadOnlyList<McpServerConfig> all, IReadOnlyCollection<string>? names)
    {
        if (names is null) { return all; }
        HashSet<McpServerConfig> chosen = [];
        foreach (string name in names)
        {
            if (all.FirstOrDefault(s => s.Name == name) is McpServerConfig exact)
            {
                chosen.Add(exact);
                continue;
            }

            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            McpServerConfig[] matches = [.. all.Where(s => pattern.IsMatch(s.Name))];
            chosen.UnionWith(matches);
            if (matches.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) { WriteError(Errors.McpServerNotFound(name)); }
        }

        return [.. all.Where(chosen.Contains)];
    }

    /// <summary>How long calls may take when nothing else is said.</summary>
    private protected TimeSpan ConfiguredCallTimeout()
    {
        try
        {
            return TimeSpan.FromMilliseconds(ConfigurationLoader.LoadDefault(Share(), mayWrite: false).Config.Mcp.Client.ToolCallTimeoutMs);
        }
        catch (ConfigurationException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, Share().ConfigFile));
            throw; // not reached
        }
    }

    /// <summary>Connects servers of this runspace, or waits for those being connected.</summary>
    private protected McpToolSet Connect(IReadOnlyList<McpServerConfig> servers, TimeSpan? patience)
    {
        string directory = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        TimeSpan callTimeout = ConfiguredCallTimeout();
        McpToolbox box = McpHub.Here();
        McpToolSet tools = AwaitLogged(stop => box.ConnectAsync(servers, directory, callTimeout, patience, stop));
        bool isNew = false;
        foreach (McpServerSnapshot report in tools.Servers) { isNew |= KnownTools.Learn(report); }
        if (isNew) { tools.Save(Share()); }
        return tools;
    }

    /// <summary>Waits for work whose log lines go to the verbose and debug streams.</summary>
    private protected TResult AwaitLogged<TResult>(Func<CancellationToken, Task<TResult>> work)
    {
        TResult result = default!;
        SessionLog log = McpHub.Log();
        RunPump(async (pump, stop) =>
        {
            using IDisposable target = log.To(pump);
            result = await work(stop).ConfigureAwait(false);
        });
        return StopToken.IsCancellationRequested ? throw new PipelineStoppedException() : result;
    }

    /// <summary>The error of a server that is not connected; null for one that is.</summary>
    private protected static ErrorRecord? Problem(McpServerSnapshot report) => report.State switch
    {
        McpServerState.Connected => null,
        McpServerState.Unauthorized => Errors.McpUnauthorized(report.Config.Name, "nobody has signed in yet"),
        _ => Errors.McpServerUnavailable(report.Config.Name, McpObjects.Reason(report)),
    };

    private string Existing(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem" || !File.Exists(full)) { ThrowTerminatingError(Errors.PathNotFound(path)); }
        return full;
    }
}
