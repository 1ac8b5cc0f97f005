using System.Text;
using System.Text.RegularExpressions;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Search;

/// <summary>Searches without ripgrep, with the same results: for machines that have none.</summary>
internal static class GrepEngine
{
    private const int MaxChars = 20_000_000;

    /// <summary>Runs a search on this machine.</summary>
    public static async Task<GrepOutput> RunAsync(string directory, GrepQuery query, TimeSpan limit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(limit);
        return await Task.Run(() => Run(directory, query, stop.Token, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    private static GrepOutput Run(string directory, GrepQuery query, CancellationToken stop, CancellationToken cancellationToken)
    {
        if (NegativeContext(query) is string flag)
        {
            return Failure($"error parsing flag {flag}: value is not a valid number: invalid digit found in string\n");
        }

        GrepWalk walk;
        GrepFile search;
        try
        {
            walk = new GrepWalk(query, directory);
            search = new GrepFile(query);
        }
        catch (RegexSyntaxException e)
        {
            return Failure(e.Message);
        }
        catch (FormatException e)
        {
            return Failure(e.Message + "\n");
        }

        string full = HostPaths.Local.Canonical(query.Path, directory);
        HostStat stat = LocalHost.Stat(full);
        if (query.Path.Length == 0 || stat.Kind == EntryKind.None)
        {
            return Failure($"{query.Path}: No such file or directory (os error 2)\n");
        }

        List<(int Index, string Text)> found = [];
        List<string> errors = walk.Errors;
        bool isTimedOut = false;
        try
        {
            if (stat.Kind != EntryKind.Directory)
            {
                found.Add((0, stat.Kind == EntryKind.File ? search.Search(full, query.Path, isNamed: true, stop) : ""));
            }
            else
            {
                SearchAll(walk.Files(full, query.Path, stop), search, found, errors, stop);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RegexMatchTimeoutException or AggregateException { InnerException: RegexMatchTimeoutException })
        {
            cancellationToken.ThrowIfCancellationRequested();
            isTimedOut = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{query.Path}: {e.Message}");
        }

        StringBuilder output = new();
        found.Sort(static (left, right) => left.Index - right.Index);
        foreach ((_, string text) in found)
        {
            if (output.Length > MaxChars)
            {
                break;
            }

            output.Append(search.HasContext && output.Length > 0 ? "--\n" : "").Append(text);
        }

        bool isCut = output.Length > MaxChars;
        if (isCut)
        {
            output.Length = MaxChars;
        }

        int code = errors.Count > 0 ? 2 : output.Length > 0 ? 0 : 1;
        return new GrepOutput(output.ToString(), string.Concat(errors.Select(static error => error + "\n")), code, isTimedOut, isCut);
    }

    private static void SearchAll(IEnumerable<(string Full, string Shown)> files, GrepFile search, List<(int Index, string Text)> found, List<string> errors, CancellationToken stop)
    {
        Parallel.ForEach(
            files.Select(static (file, index) => (file.Full, file.Shown, index)),
            new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount },
            file =>
            {
                string text;
                try
                {
                    // Never open a pipe or a device; an empty file may be one.
                    text = !OperatingSystem.IsWindows() && LocalHost.Stat(file.Full).Kind != EntryKind.File ? "" : search.Search(file.Full, file.Shown, isNamed: false, stop);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    lock (errors)
                    {
                        errors.Add(e is UnauthorizedAccessException ? $"{file.Shown}: Permission denied (os error 13)" : $"{file.Shown}: {e.Message}");
                    }

                    return;
                }

                if (text.Length > 0)
                {
                    lock (found)
                    {
                        found.Add((file.index, text));
                    }
                }
            });
    }

    private static string? NegativeContext(GrepQuery query) =>
        !query.IsContent ? null : query.Before < 0 ? "--before-context" : query.After < 0 ? "--after-context" : query.Context < 0 ? "--context" : null;

    private static GrepOutput Failure(string text) => new("", text, 2, false, false);
}
