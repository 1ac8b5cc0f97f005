using Kimi.Engine.Agents;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Turns;

/// <summary>The machine behind ssh that a session works on, with what is read from it before the first turn.</summary>
internal sealed class DistantWorkspace : IAsyncDisposable
{
    private DistantWorkspace(SshHost host, string workDirectory, IReadOnlyList<string> additionalDirectories, DistantPromptFiles files)
    {
        Host = host;
        WorkDirectory = workDirectory;
        AdditionalDirectories = additionalDirectories;
        Files = files;
    }

    /// <summary>The machine.</summary>
    public SshHost Host { get; }

    /// <summary>The work directory there, canonical.</summary>
    public string WorkDirectory { get; }

    /// <summary>The directories there that the options add, canonical.</summary>
    public IReadOnlyList<string> AdditionalDirectories { get; }

    /// <summary>What prompts take from it.</summary>
    public DistantPromptFiles Files { get; }

    /// <summary>Connects to the machine of the options; null when the tools work on this one.</summary>
    /// <exception cref="KimiStartupException">It cannot be reached, or a directory is not there.</exception>
    public static async Task<DistantWorkspace?> OpenAsync(KimiSessionOptions options, CancellationToken cancellationToken)
    {
        if (options.Host is not string alias)
        {
            return null;
        }

        SshHost? host = null;
        try
        {
            host = await SshHost.ConnectAsync(alias, [], cancellationToken).ConfigureAwait(false);
            string[] directories = [.. options.AdditionalDirectories.Prepend(options.WorkDirectory ?? host.StartDirectory)
                .Select(directory => host.Paths.Canonical(host.Paths.ExpandHome(directory, host.Home), host.StartDirectory))];
            IReadOnlyList<HostStat> stats = await host.StatAllAsync(directories, cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < directories.Length; i++)
            {
                if (stats[i].Kind != EntryKind.Directory)
                {
                    throw new KimiStartupException(
                        $"Directory '{directories[i]}' does not exist on '{alias}'.", i > 0 ? "--add-dir" : options.WorkDirectory is null ? "--host" : "--work-dir");
                }
            }

            DistantPromptFiles files = await DistantPromptFiles.LoadAsync(host, directories[0], cancellationToken).ConfigureAwait(false);
            foreach (string added in directories.Skip(1))
            {
                await files.LoadListingAsync(added, cancellationToken).ConfigureAwait(false);
            }

            return new DistantWorkspace(host, directories[0], directories[1..], files);
        }
        catch (Exception e)
        {
            if (host is not null)
            {
                await host.DisposeAsync().ConfigureAwait(false);
            }

            throw e is IOException ? new KimiStartupException(e.Message, "--host", e) : e;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
