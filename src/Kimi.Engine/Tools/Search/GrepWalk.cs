using System.IO.Enumeration;

namespace Kimi.Engine.Tools.Search;

/// <summary>Finds the files of a search: all below a directory that are not ignored. Links are not followed.</summary>
internal sealed class GrepWalk
{
    // Links are left out by the enumeration itself: to ask each entry for its attributes would cost a system call.
    private static readonly EnumerationOptions s_noLinks = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly string _workDirectory;
    private readonly bool _ignores;
    private readonly IgnoreGlob[] _globs;
    private readonly bool _onlyListed;
    private readonly IReadOnlyList<IgnoreGlob>? _types;

    /// <summary>Makes a walk.</summary>
    /// <exception cref="FormatException">A pattern or a type is refused; the text is ripgrep's.</exception>
    public GrepWalk(GrepQuery query, string workDirectory)
    {
        _workDirectory = workDirectory;
        _ignores = !query.IncludeIgnored;
        List<string> globs = [.. GrepQuery.SkippedDirectories.Select(static name => $"!{name}")];
        if (query.Glob is not null)
        {
            globs.Add(query.Glob);
        }

        _globs = [.. globs.Select(IgnoreGlob.Parse).OfType<IgnoreGlob>()];

        // Here "!" means to leave out: the other way round than in an ignore file.
        _onlyListed = _globs.Any(static glob => !glob.IsWhitelist);
        if (query.Type is not null)
        {
            _types = FileTypeTable.Globs(query.Type) ?? throw new FormatException($"unrecognized file type: {query.Type}");
        }
    }

    /// <summary>What could not be read.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>The files below a directory, full path and shown path.</summary>
    public IEnumerable<(string Full, string Shown)> Files(string directory, string shown, CancellationToken cancellationToken)
    {
        Stack<(string Full, string Shown, IgnoreFiles? Ignore)> open = new();
        open.Push((directory, shown, _ignores ? IgnoreFiles.ForRoot(directory) : null));
        while (open.TryPop(out (string Full, string Shown, IgnoreFiles? Ignore) at))
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<Entry> entries = Read(at.Full, at.Shown);
            IgnoreFiles? ignore = at.Full == directory ? at.Ignore : at.Ignore?.Enter(at.Full, entries.Exists(static entry => entry.Name is ".git" or ".gitignore" or ".ignore" or ".rgignore"));
            List<(string, string, IgnoreFiles?)> below = [];
            foreach (Entry entry in entries)
            {
                string full = Path.Combine(at.Full, entry.Name);
                if (IsSkipped(full, entry, ignore))
                {
                    continue;
                }

                string path = at.Shown.EndsWith('/') || at.Shown.EndsWith(Path.DirectorySeparatorChar) ? at.Shown + entry.Name : $"{at.Shown}{Path.DirectorySeparatorChar}{entry.Name}";
                if (entry.IsDirectory)
                {
                    below.Add((full, path, ignore));
                }
                else
                {
                    yield return (full, path);
                }
            }

            for (int i = below.Count - 1; i >= 0; i--)
            {
                open.Push(below[i]);
            }
        }
    }

    private bool IsSkipped(string full, Entry entry, IgnoreFiles? ignore)
    {
        string relative = full.StartsWith(_workDirectory, StringComparison.Ordinal) && full.Length > _workDirectory.Length
            ? full[_workDirectory.Length..].TrimStart(Path.DirectorySeparatorChar)
            : full;
        if (Path.DirectorySeparatorChar == '\\')
        {
            relative = relative.Replace('\\', '/');
        }

        if (IgnoreFiles.Last(_globs, relative, entry.Name, entry.IsDirectory) is IgnoreGlob glob)
        {
            return glob.IsWhitelist;
        }

        if (_onlyListed && !entry.IsDirectory)
        {
            return true;
        }

        if (ignore?.Ignores(full, entry.Name, entry.IsDirectory) == true)
        {
            return true;
        }

        return _types is not null && !entry.IsDirectory && !_types.Any(type => type.Matches(entry.Name, entry.Name, false));
    }

    private List<Entry> Read(string directory, string shown)
    {
        try
        {
            List<Entry> entries = [.. new FileSystemEnumerable<Entry>(
                directory,
                static (ref FileSystemEntry entry) => new Entry(entry.FileName.ToString(), entry.IsDirectory),
                s_noLinks)];
            entries.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Errors.Add(e is UnauthorizedAccessException ? $"{shown}: Permission denied (os error 13)" : $"{shown}: {e.Message}");
            return [];
        }
    }

    private readonly record struct Entry(string Name, bool IsDirectory);
}
