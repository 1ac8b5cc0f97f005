using System.Globalization;

namespace Kimi.Engine.Tools.Search;

/// <summary>What is searched for and how.</summary>
internal sealed record GrepQuery
{
    /// <summary>Directories of version control, never searched.</summary>
    public static readonly IReadOnlyList<string> SkippedDirectories = [".git", ".svn", ".hg", ".bzr", ".jj", ".sl"];

    public required string Pattern { get; init; }

    /// <summary>File or directory, as it is printed.</summary>
    public required string Path { get; init; }

    public string? Glob { get; init; }

    public required string OutputMode { get; init; }

    public int? Before { get; init; }

    public int? After { get; init; }

    public int? Context { get; init; }

    public bool LineNumbers { get; init; }

    public bool IgnoreCase { get; init; }

    public string? Type { get; init; }

    public bool Multiline { get; init; }

    public bool IncludeIgnored { get; init; }

    /// <summary>Whether ripgrep sorts files by time itself: where asking for each time would be a round trip.</summary>
    public bool IsSortedThere { get; init; }

    public bool IsContent => OutputMode == "content";

    public bool IsFiles => OutputMode == "files_with_matches";

    public bool IsCount => OutputMode == "count_matches";

    /// <summary>The arguments for ripgrep.</summary>
    public List<string> RipgrepArguments(bool singleThreaded)
    {
        List<string> arguments = [];
        if (!IsContent)
        {
            arguments.AddRange(["--max-columns", "500"]);
        }

        arguments.Add("--hidden");
        if (IncludeIgnored)
        {
            arguments.Add("--no-ignore");
        }

        foreach (string directory in SkippedDirectories)
        {
            arguments.AddRange(["--glob", $"!{directory}"]);
        }

        if (singleThreaded)
        {
            arguments.AddRange(["-j", "1"]);
        }

        if (IgnoreCase)
        {
            arguments.Add("--ignore-case");
        }

        if (Multiline)
        {
            arguments.AddRange(["--multiline", "--multiline-dotall"]);
        }

        if (IsContent)
        {
            AddNumber("--before-context", Before);
            AddNumber("--after-context", After);
            AddNumber("--context", Context);
            if (LineNumbers)
            {
                arguments.Add("--line-number");
            }
        }

        if (Glob is not null)
        {
            arguments.AddRange(["--glob", Glob]);
        }

        if (Type is not null)
        {
            arguments.AddRange(["--type", Type]);
        }

        if (IsFiles)
        {
            arguments.AddRange(IsSortedThere ? ["--files-with-matches", "--sortr", "modified"] : ["--files-with-matches"]);
        }
        else if (IsCount)
        {
            arguments.Add("--count-matches");
        }

        arguments.AddRange(["--", Pattern, Path]);
        return arguments;

        void AddNumber(string name, int? value)
        {
            if (value is int number)
            {
                arguments.AddRange([name, number.ToString(CultureInfo.InvariantCulture)]);
            }
        }
    }
}

/// <summary>What a search wrote.</summary>
/// <param name="Output">Its lines.</param>
/// <param name="Errors">What it complained about.</param>
/// <param name="ExitCode">0 with matches, 1 without, else it failed.</param>
/// <param name="IsTimedOut">Whether it was ended by its time limit.</param>
/// <param name="IsCut">Whether there was more than is kept.</param>
internal sealed record GrepOutput(string Output, string Errors, int ExitCode, bool IsTimedOut, bool IsCut);
