using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills.Plugins;

/// <summary>The installed plugins: one directory each below <c>plugins</c> of the share directory.</summary>
/// <param name="pluginsDirectory">That directory; it need not exist.</param>
public sealed class PluginStore(string pluginsDirectory)
{
    private const string Host = "kimi-code";

    /// <summary>The values that plugins can have injected: those of the default model's provider.</summary>
    public static IReadOnlyDictionary<string, string> HostValues(KimiConfig config)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (config.Models.TryGetValue(config.DefaultModel, out ModelConfig? model)
            && config.Providers.TryGetValue(model.Provider, out ProviderConfig? provider))
        {
            values["api_key"] = provider.ApiKey.Reveal();
            values["base_url"] = provider.BaseUrl;
        }

        return values;
    }

    /// <summary>The installed plugins, sorted by directory. Invalid ones are left out and reported to <paramref name="log"/>.</summary>
    public IReadOnlyList<Plugin> List(Action<string>? log = null)
    {
        if (!Directory.Exists(pluginsDirectory))
        {
            return [];
        }

        List<string> directories = [.. Directory.EnumerateDirectories(pluginsDirectory)];
        directories.Sort(CodePointComparer.Instance);
        var plugins = new List<Plugin>();
        foreach (string directory in directories)
        {
            if (Path.GetFileName(directory).StartsWith('.') || !File.Exists(Path.Combine(directory, PluginReader.FileName)))
            {
                continue;
            }

            try
            {
                plugins.Add(PluginReader.Read(directory));
            }
            catch (PluginException e)
            {
                log?.Invoke($"Skipping plugin {directory}: {e.Message}");
            }
        }

        return plugins;
    }

    /// <summary>One installed plugin.</summary>
    /// <exception cref="PluginException">There is no such plugin, or it is invalid.</exception>
    public Plugin Get(string name)
    {
        string directory = DirectoryOf(name);
        return File.Exists(Path.Combine(directory, PluginReader.FileName)) ? PluginReader.Read(directory) : throw NotFound(name);
    }

    /// <summary>Installs a plugin, or replaces its older version. On failure the older version stays.</summary>
    /// <param name="target">A directory, a zip file, or the URL of a zip file or a git repository.</param>
    /// <param name="hostValues">Values to inject, by host key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PluginException">It cannot be installed.</exception>
    public async Task<Plugin> InstallAsync(string target, IReadOnlyDictionary<string, string> hostValues, CancellationToken cancellationToken)
    {
        string scratch = Directory.CreateTempSubdirectory("kimi-plugin-").FullName;
        try
        {
            string source = await PluginFetcher.FetchAsync(PluginSource.Parse(target), scratch, cancellationToken).ConfigureAwait(false);
            return Install(source, hostValues);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException(e.Message, e);
        }
        finally
        {
            TryDelete(scratch);
        }
    }

    /// <summary>Removes a plugin.</summary>
    /// <exception cref="PluginException">There is no such plugin, or it cannot be removed.</exception>
    public void Remove(string name)
    {
        string directory = DirectoryOf(name);
        if (!Directory.Exists(directory))
        {
            throw NotFound(name);
        }

        try
        {
            if (new DirectoryInfo(directory).LinkTarget is not null)
            {
                // Only the link is ours.
                Directory.Delete(directory);
                return;
            }

            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException(e.Message, e);
        }
    }

    /// <summary>Writes the host's current values into the plugins that want them; does nothing without an API key.</summary>
    public void RefreshInjected(IReadOnlyDictionary<string, string> hostValues, Action<string>? log = null)
    {
        if (!hostValues.TryGetValue("api_key", out string? key) || key.Length == 0)
        {
            return;
        }

        foreach (Plugin plugin in List(log))
        {
            try
            {
                PluginConfig.Inject(plugin, hostValues);
            }
            catch (Exception e) when (e is PluginException or IOException or UnauthorizedAccessException)
            {
                log?.Invoke($"Cannot refresh plugin {plugin.Name}: {e.Message}");
            }
        }
    }

    /// <summary>The text of <c>plugin list</c>.</summary>
    public string DescribeAll()
    {
        IReadOnlyList<Plugin> plugins = List();
        if (plugins.Count == 0)
        {
            return "No plugins installed.";
        }

        var text = new StringBuilder();
        foreach (Plugin plugin in plugins)
        {
            text.Append(text.Length == 0 ? "" : "\n").Append(plugin.Name).Append(" v").Append(plugin.Version);
            text.Append(plugin.Description.Length == 0 ? "" : " - ").Append(plugin.Description);
        }

        return text.ToString();
    }

    /// <summary>The text of <c>plugin info</c>.</summary>
    /// <exception cref="PluginException">There is no such plugin, or it is invalid.</exception>
    public string Describe(string name)
    {
        Plugin plugin = Get(name);
        var text = new StringBuilder();
        text.Append("Name: ").Append(plugin.Name).Append("\nVersion: ").Append(plugin.Version);
        text.Append("\nDescription: ").Append(plugin.Description).Append("\nPath: ").Append(plugin.Directory);
        if (plugin.ConfigFile is { } config)
        {
            text.Append("\nConfig file: ").Append(config);
        }

        foreach (KeyValuePair<string, string> entry in plugin.Inject)
        {
            text.Append("\nInject: ").Append(entry.Key).Append(" <- ").Append(entry.Value);
        }

        foreach (PluginTool tool in plugin.Tools)
        {
            text.Append("\nTool: ").Append(tool.Name).Append(" - ").Append(tool.Description);
        }

        return text.ToString();
    }

    private Plugin Install(string source, IReadOnlyDictionary<string, string> hostValues)
    {
        Plugin plugin = PluginReader.Read(source);
        string final = DirectoryOf(plugin.Name);

        // Before anything is copied: an error names the file that its author knows, not our copy.
        PluginConfig.Check(plugin, hostValues);
        Directory.CreateDirectory(pluginsDirectory);
        string staging = Path.Combine(pluginsDirectory, $".staging-{Guid.NewGuid():N}");
        if (RealPath.Of(staging).StartsWith(RealPath.Of(source) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new PluginException($"The plugins directory lies inside of what is to be installed: {source}");
        }

        try
        {
            Copy(source, staging, RealPath.Of(source));
            PluginConfig.Inject(PluginReader.Read(staging), hostValues);
            PluginConfig.WriteRuntime(staging, Host, EngineInfo.Version);
            Swap(staging, final);
            return PluginReader.Read(final);
        }
        finally
        {
            TryDelete(staging);
        }
    }

    private void Swap(string staging, string final)
    {
        if (!Directory.Exists(final))
        {
            Directory.Move(staging, final);
            return;
        }

        string old = Path.Combine(pluginsDirectory, $".old-{Guid.NewGuid():N}");
        Directory.Move(final, old);
        try
        {
            Directory.Move(staging, final);
        }
        catch
        {
            Directory.Move(old, final);
            throw;
        }

        TryDelete(old);
    }

    // Files and directories only. Links that lead out of the plugin, pipes and devices stay behind, and so does git's own directory.
    private static void Copy(string source, string target, string root)
    {
        Directory.CreateDirectory(target);
        foreach (FileSystemInfo entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            if (entry.Name == ".git")
            {
                continue;
            }

            string destination = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is not null)
            {
                string real = RealPath.Of(entry.FullName);
                if (File.Exists(real) && real.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                {
                    File.Copy(real, destination);
                }
            }
            else if (entry is DirectoryInfo)
            {
                Copy(entry.FullName, destination, root);
            }
            else if (LocalHost.Stat(entry.FullName).Kind == EntryKind.File)
            {
                File.Copy(entry.FullName, destination);
            }
        }
    }

    private string DirectoryOf(string name) =>
        name.Length == 0 || name.StartsWith('.') || name.AsSpan().IndexOfAny("/\\:\0") >= 0
            ? throw new PluginException($"Invalid plugin name: {name}")
            : Path.Combine(pluginsDirectory, name);

    private PluginException NotFound(string name) => new($"Plugin '{name}' not found in {pluginsDirectory}");

    private static void TryDelete(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                if (OperatingSystem.IsWindows())
                {
                    // Git's objects are read-only, which stops deletion there. Links are not followed.
                    var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
                    foreach (string file in Directory.EnumerateFiles(directory, "*", options))
                    {
                        File.SetAttributes(file, FileAttributes.Normal);
                    }
                }

                Directory.Delete(directory, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Left over; the next installation uses another name.
        }
    }
}
