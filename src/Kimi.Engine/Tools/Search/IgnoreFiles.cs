namespace Kimi.Engine.Tools.Search;

/// <summary>The ignore files that hold in a directory: its own and those of the directories above.</summary>
internal sealed class IgnoreFiles
{
    private const int Kinds = 4;

    private readonly IgnoreFiles? _parent;
    private readonly string _directory;
    private readonly bool _isRepository;

    // .rgignore, .ignore, .gitignore, .git/info/exclude: the first that says something decides.
    private readonly IgnoreGlob[]?[] _globs = new IgnoreGlob[]?[Kinds];

    private IgnoreFiles(IgnoreFiles? parent, string directory)
    {
        _parent = parent;
        _directory = directory;
        string git = Path.Combine(directory, ".git");
        _isRepository = Directory.Exists(git) || File.Exists(git);
        _globs[0] = Read(Path.Combine(directory, ".rgignore"));
        _globs[1] = Read(Path.Combine(directory, ".ignore"));
        _globs[2] = Read(Path.Combine(directory, ".gitignore"));
        _globs[3] = _isRepository ? Read(Path.Combine(git, "info", "exclude")) : null;
        IsInRepository = _isRepository || parent?.IsInRepository == true;
    }

    /// <summary>Whether the directory belongs to a git repository; only there <c>.gitignore</c> counts.</summary>
    private bool IsInRepository { get; }

    /// <summary>The rules for a directory that is searched, with all those above it.</summary>
    public static IgnoreFiles ForRoot(string directory)
    {
        string? above = Path.GetDirectoryName(directory);
        return new IgnoreFiles(above is null ? null : ForRoot(above), directory);
    }

    /// <summary>The rules for a directory of this one.</summary>
    /// <param name="directory">Its full path.</param>
    /// <param name="hasFiles">Whether it has ignore files or is a repository; otherwise nothing changes.</param>
    public IgnoreFiles Enter(string directory, bool hasFiles) => hasFiles ? new IgnoreFiles(this, directory) : this;

    /// <summary>Whether a path is ignored.</summary>
    public bool Ignores(string path, string name, bool isDirectory)
    {
        for (int kind = 0; kind < Kinds; kind++)
        {
            for (IgnoreFiles? level = this; level is not null; level = level._parent)
            {
                if (level._globs[kind] is { } globs && (kind < 2 || IsInRepository) && Last(globs, level.Relative(path), name, isDirectory) is IgnoreGlob glob)
                {
                    return !glob.IsWhitelist;
                }

                // What lies above a repository says nothing in it.
                if (kind >= 2 && level._isRepository)
                {
                    break;
                }
            }
        }

        return false;
    }

    /// <summary>The last of some patterns that matches.</summary>
    public static IgnoreGlob? Last(IgnoreGlob[] globs, ReadOnlySpan<char> path, string name, bool isDirectory)
    {
        for (int i = globs.Length - 1; i >= 0; i--)
        {
            if (globs[i].Matches(path, name, isDirectory))
            {
                return globs[i];
            }
        }

        return null;
    }

    private string Relative(string path)
    {
        string relative = path[(_directory.EndsWith(Path.DirectorySeparatorChar) ? _directory.Length : _directory.Length + 1)..];
        return Path.DirectorySeparatorChar == '\\' ? relative.Replace('\\', '/') : relative;
    }

    private static IgnoreGlob[]? Read(string path)
    {
        if (!File.Exists(path) || Hosts.LocalHost.Stat(path).Kind != Hosts.EntryKind.File)
        {
            return null;
        }

        List<IgnoreGlob> globs = [];
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                try
                {
                    if (IgnoreGlob.Parse(line) is IgnoreGlob glob)
                    {
                        globs.Add(glob);
                    }
                }
                catch (FormatException)
                {
                    // A broken line ignores nothing.
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        return globs.Count == 0 ? null : [.. globs];
    }
}
