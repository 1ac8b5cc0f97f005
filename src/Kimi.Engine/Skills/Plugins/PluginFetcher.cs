using System.IO.Compression;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Skills.Plugins;

/// <summary>Brings a plugin's files to a directory of this machine.</summary>
internal static class PluginFetcher
{
    // Far above any plugin; keeps a zip bomb from filling the disk.
    private const long MaxBytes = 512L * 1024 * 1024;

    private static readonly TimeSpan s_cloneLimit = TimeSpan.FromMinutes(5);

    /// <summary>The directory that holds the plugin: the source itself, or a copy below <paramref name="scratch"/>.</summary>
    /// <exception cref="PluginException">It cannot be had.</exception>
    public static async Task<string> FetchAsync(PluginSource source, string scratch, CancellationToken cancellationToken)
    {
        switch (source.Kind)
        {
            case PluginSourceKind.Directory:
                return source.Location;
            case PluginSourceKind.ZipFile:
                return FindRoot(Extract(source.Location, Path.Combine(scratch, "zip"), cancellationToken));
            case PluginSourceKind.ZipUrl:
                string archive = Path.Combine(scratch, "plugin.zip");
                await DownloadAsync(source.Location, archive, cancellationToken).ConfigureAwait(false);
                return FindRoot(Extract(archive, Path.Combine(scratch, "zip"), cancellationToken));
            default:
                return await CloneAsync(source, Path.Combine(scratch, "git"), cancellationToken).ConfigureAwait(false);
        }
    }

    // Archives of repositories have one directory at the top.
    private static string FindRoot(string directory)
    {
        if (HasManifest(directory))
        {
            return directory;
        }

        string[] entries = Directory.GetFileSystemEntries(directory);
        return entries.Length == 1 && HasManifest(entries[0]) ? entries[0] : throw NoManifest(directory, directory);
    }

    private static bool HasManifest(string directory) => File.Exists(Path.Combine(directory, PluginReader.FileName));

    private static PluginException NoManifest(string directory, string shown)
    {
        var available = new List<string>();
        foreach (string child in Directory.EnumerateDirectories(directory))
        {
            if (HasManifest(child))
            {
                available.Add(Path.GetFileName(child));
            }
        }

        available.Sort(StringComparer.Ordinal);
        return new PluginException($"No plugin.json found in {shown}"
            + (available.Count == 0 ? "" : $". Available plugins: {string.Join(", ", available)}"));
    }

    private static string Extract(string archive, string target, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(target);
        string prefix = Path.GetFullPath(target) + Path.DirectorySeparatorChar;
        long total = 0;
        try
        {
            using ZipArchive zip = ZipFile.OpenRead(archive);
            foreach (ZipArchiveEntry entry in zip.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string path = Path.GetFullPath(Path.Combine(target, entry.FullName.Replace('\\', '/')));
                if (!(path + Path.DirectorySeparatorChar).StartsWith(prefix, StringComparison.Ordinal))
                {
                    throw new PluginException($"Zip entry escapes target directory: {entry.FullName}");
                }

                if (entry.FullName.EndsWith('/') || entry.FullName.EndsWith('\\'))
                {
                    Directory.CreateDirectory(path);
                    continue;
                }

                total += entry.Length;
                if (total > MaxBytes)
                {
                    throw new PluginException($"The zip file is too large: {archive}");
                }

                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                entry.ExtractToFile(path, overwrite: false);
            }

            return target;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new PluginException($"Cannot extract {archive}: {e.Message}", e);
        }
    }

    private static async Task DownloadAsync(string url, string file, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new HttpClient();
            using HttpResponseMessage response = await client
                .GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            response.EnsureSuccessStatusCode();
            Stream content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                var target = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                await using (target.ConfigureAwait(false))
                {
                    byte[] buffer = new byte[81920];
                    long total = 0;
                    for (int read; (read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
                    {
                        total += read;
                        if (total > MaxBytes)
                        {
                            throw new PluginException($"The zip file is too large: {url}");
                        }

                        await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new PluginException($"Failed to download {url}: {e.Message}", e);
        }
    }

    private static async Task<string> CloneAsync(PluginSource source, string target, CancellationToken cancellationToken)
    {
        List<string> arguments = ["clone", "--quiet", "--depth", "1"];
        if (source.Branch is { } branch)
        {
            arguments.AddRange(["--branch", branch]);
        }

        arguments.AddRange(["--", source.Location, target]);
        CommandResult result;
        try
        {
            result = await CommandRunner.RunAsync(
                new LocalHost(),
                new HostCommand
                {
                    FileName = "git",
                    Arguments = arguments,
                    WorkingDirectory = Path.GetDirectoryName(target)!,
                    Environment = new Dictionary<string, string?> { ["GIT_TERMINAL_PROMPT"] = "0" },
                },
                s_cloneLimit,
                64 * 1024,
                cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new PluginException($"Cannot run git: {e.Message}", e);
        }

        if (result.TimedOut || result.ExitCode != 0)
        {
            throw new PluginException($"Failed to clone {source.Location}: {(result.TimedOut ? "timed out" : result.Error.Trim())}");
        }

        string directory = Path.GetFullPath(Path.Combine(target, source.Subdirectory));
        if (!(directory + Path.DirectorySeparatorChar).StartsWith(target + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || !Directory.Exists(directory))
        {
            throw new PluginException($"No plugin.json found in {source.Subdirectory}");
        }

        return HasManifest(directory)
            ? directory
            : throw NoManifest(directory, source.Subdirectory.Length > 0 ? source.Subdirectory : source.Location);
    }
}
