using System.Globalization;
using System.Text.RegularExpressions;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Files;

namespace Kimi.Engine.Tools.Search;

/// <summary>Makes a result of what a search wrote: order, secrets, paging, messages.</summary>
internal sealed partial class GrepResult(GrepQuery query, int? limit, int offset, IHost host, string workDirectory)
{
    private const string Brief = "Failed to grep";
    private const int LongestPath = 4096;

    /// <summary>The result.</summary>
    public async Task<ToolReturnValue> OfAsync(GrepOutput found, CancellationToken cancellationToken)
    {
        string output = found.Output;
        List<string> messages = [];
        if (found.IsCut)
        {
            output = output[..(output.LastIndexOf('\n') + 1)];
            messages.Add("Output exceeded buffer limit. Some results omitted.");
        }

        if (found.IsTimedOut)
        {
            if (string.IsNullOrWhiteSpace(output))
            {
                return ToolReturnValue.Error("Grep timed out after 20s. Try a more specific path or pattern.", "Grep timed out");
            }

            messages.Add("Grep timed out after 20s. Partial results returned.");
        }
        else if (found.ExitCode is not (0 or 1))
        {
            return ToolReturnValue.Error($"Failed to grep. Error: {found.Errors}", Brief);
        }

        List<string> lines = Lines(output);
        if (query is { IsFiles: true, IsSortedThere: false } && !found.IsTimedOut)
        {
            lines = await NewestFirstAsync(lines, cancellationToken).ConfigureAwait(false);
        }

        bool isFile = await StripAsync(lines, cancellationToken).ConfigureAwait(false);
        lines = WithoutSecrets(lines, isFile && !query.IsFiles ? query.Path : null, messages);
        if (query.IsCount)
        {
            messages.Add(Count(lines));
        }

        int total = lines.Count;
        lines = lines.GetRange(Math.Min(offset, total), total - Math.Min(offset, total));
        if (limit is int most and > 0 && lines.Count > most)
        {
            lines.RemoveRange(most, lines.Count - most);
            messages.Add(string.Create(CultureInfo.InvariantCulture, $"Results truncated to {most} lines (total: {total}). Use offset={offset + most} to see more."));
        }

        if (lines.Count == 0)
        {
            messages.Insert(0, "No matches found.");
            return ToolReturnValue.Ok("", string.Join(' ', messages));
        }

        ToolResultBuilder builder = new();
        builder.Write(string.Join('\n', lines));
        return builder.Ok(string.Join(' ', messages));
    }

    private static List<string> Lines(string output)
    {
        List<string> lines = [.. output.Split('\n')];
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines;
    }

    private async Task<List<string>> NewestFirstAsync(List<string> paths, CancellationToken cancellationToken)
    {
        List<(string Path, DateTime Time)> times = new(paths.Count);
        foreach (string path in paths)
        {
            HostStat stat = await host.StatAsync(host.Paths.Canonical(path, workDirectory), cancellationToken).ConfigureAwait(false);
            times.Add((path, stat.Kind == EntryKind.None ? DateTime.UnixEpoch : stat.ModifiedUtc));
        }

        return [.. times.OrderByDescending(static file => file.Time).Select(static file => file.Path)];
    }

    // Absolute paths are shown relative to what was searched, or to the directory of the file that was: then the answer is true.
    private async Task<bool> StripAsync(List<string> lines, CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
        {
            return false;
        }

        string directory = host.Paths.Canonical(query.Path, workDirectory);
        bool isFile = (await host.StatAsync(directory, cancellationToken).ConfigureAwait(false)).Kind == EntryKind.File;
        if (isFile)
        {
            directory = host.Paths.Parent(directory);
        }

        string prefix = directory.EndsWith(host.Paths.Separator) ? directory : directory + host.Paths.Separator;
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].StartsWith(prefix, host.Paths.Comparison))
            {
                lines[i] = lines[i][prefix.Length..];
            }
        }

        return isFile;
    }

    // Lines of a single file do not name it.
    private List<string> WithoutSecrets(List<string> lines, string? file, List<string> messages)
    {
        HashSet<string> secrets = new(StringComparer.Ordinal);
        List<string> kept = new(lines.Count);
        foreach (string line in lines)
        {
            if ((file ?? PathOf(line)) is string path && SensitiveFiles.Contains(path))
            {
                secrets.Add(path);
            }
            else
            {
                kept.Add(line);
            }
        }

        if (secrets.Count == 0)
        {
            return lines;
        }

        while (kept.Count > 0 && kept[^1] == "--")
        {
            kept.RemoveAt(kept.Count - 1);
        }

        messages.Add(SensitiveFiles.Warning(secrets));
        return kept;
    }

    private string? PathOf(string line)
    {
        if (query.IsFiles)
        {
            return line;
        }

        if (query.IsCount)
        {
            int colon = line.LastIndexOf(':');
            return colon < 0 ? null : line[..colon];
        }

        // A path may hold what looks like its end, and without numbers nothing tells: any beginning that names a secret counts.
        bool hasNumbers = query.IsContent && query.LineNumbers;
        for (int at = End(0); at is >= 0 and <= LongestPath; at = End(at + 1))
        {
            if (SensitiveFiles.Contains(line[..at]))
            {
                return line[..at];
            }
        }

        return null;

        int End(int start) => !hasNumbers ? line.IndexOfAny([':', '-'], start) : Number().Match(line, start) is { Success: true } number ? number.Index : -1;
    }

    private static string Count(List<string> lines)
    {
        long occurrences = 0;
        int files = 0;
        foreach (string line in lines)
        {
            int colon = line.LastIndexOf(':');
            if (colon > 0 && long.TryParse(line.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                occurrences += count;
                files++;
            }
        }

        return string.Create(CultureInfo.InvariantCulture, $"Found {occurrences} total occurrences across {files} files.");
    }

    [GeneratedRegex(@":\d+:|-\d+-", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
