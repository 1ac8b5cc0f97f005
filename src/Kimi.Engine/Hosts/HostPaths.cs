using System.Text;

namespace Kimi.Engine.Hosts;

/// <summary>
/// Path rules of a machine, purely lexical: symbolic links are never resolved. Separate from <see cref="Path"/>, because the
/// machine the tools work on need not be this one.
/// </summary>
public sealed class HostPaths
{
    /// <summary>Rules of Linux and macOS.</summary>
    public static readonly HostPaths Posix = new(windows: false);

    /// <summary>Rules of Windows.</summary>
    public static readonly HostPaths Windows = new(windows: true);

    private readonly bool _windows;

    private HostPaths(bool windows) => _windows = windows;

    /// <summary>Rules of the machine this program runs on.</summary>
    public static HostPaths Local => OperatingSystem.IsWindows() ? Windows : Posix;

    /// <summary>The separator written.</summary>
    public char Separator => _windows ? '\\' : '/';

    /// <summary>How path components are compared.</summary>
    public StringComparison Comparison => _windows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Whether a path is absolute.</summary>
    public bool IsAbsolute(string path) => RootLength(path) > 0 && (!_windows || path.Length >= 3 || IsSeparator(path[0]));

    /// <summary>Joins a directory and a relative path; an absolute path stands alone.</summary>
    public string Join(string directory, string path)
    {
        if (path.Length == 0)
        {
            return directory;
        }

        if (IsAbsolute(path))
        {
            return path;
        }

        return directory.Length > 0 && IsSeparator(directory[^1]) ? directory + path : directory + Separator + path;
    }

    /// <summary>The path made absolute against a directory, without <c>.</c> and <c>..</c> and without a separator at the end.</summary>
    public string Canonical(string path, string currentDirectory)
    {
        string full = IsAbsolute(path) ? path : Join(currentDirectory, path);
        int root = RootLength(full);
        List<string> parts = [];
        foreach (string part in full[root..].Split(_windows ? ['/', '\\'] : ['/']))
        {
            if (part.Length == 0 || part == ".")
            {
                continue;
            }

            if (part == "..")
            {
                if (parts.Count > 0)
                {
                    parts.RemoveAt(parts.Count - 1);
                }
            }
            else
            {
                parts.Add(part);
            }
        }

        string head = full[..root];
        if (_windows)
        {
            head = head.Replace('/', '\\');
        }
        else if (head.Length > 1)
        {
            head = "/";
        }

        return new StringBuilder(head).AppendJoin(Separator, parts).ToString();
    }

    /// <summary>Whether a canonical path is the directory or lies in it, component by component.</summary>
    public bool Contains(string directory, string path)
    {
        if (!path.StartsWith(directory, Comparison))
        {
            return false;
        }

        return path.Length == directory.Length || IsSeparator(path[directory.Length]) || (directory.Length > 0 && IsSeparator(directory[^1]));
    }

    /// <summary>The directory above a canonical path; the path itself at a root.</summary>
    public string Parent(string path)
    {
        int root = RootLength(path);
        int at = LastSeparator(path);
        return at < root ? path[..root] : path[..at];
    }

    /// <summary>The last component.</summary>
    public string Name(string path) => path[(LastSeparator(path) + 1)..];

    /// <summary>Replaces a leading <c>~</c> component by the home directory; <c>~user</c> stays.</summary>
    public string ExpandHome(string path, string home) =>
        path.Length > 0 && path[0] == '~' && (path.Length == 1 || IsSeparator(path[1])) ? home + path[1..] : path;

    /// <summary>On Windows, turns POSIX forms (<c>/c/x</c>, <c>/cygdrive/c/x</c>, <c>//server/share</c>) into native ones.</summary>
    public string FromPosixForm(string path)
    {
        if (!_windows || path.Length < 2 || path[0] != '/')
        {
            return path;
        }

        if (path[1] == '/')
        {
            return path.Replace('/', '\\');
        }

        const string Cygwin = "/cygdrive/";
        string rest = path.StartsWith(Cygwin, StringComparison.Ordinal) ? path[(Cygwin.Length - 1)..] : path;
        if (rest.Length >= 2 && char.IsAsciiLetter(rest[1]) && (rest.Length == 2 || rest[2] == '/'))
        {
            return $"{char.ToUpperInvariant(rest[1])}:\\{(rest.Length > 3 ? rest[3..].Replace('/', '\\') : "")}";
        }

        return path;
    }

    private bool IsSeparator(char c) => c == '/' || (_windows && c == '\\');

    private int LastSeparator(string path) => _windows ? path.LastIndexOfAny(['/', '\\']) : path.LastIndexOf('/');

    private int RootLength(string path)
    {
        if (!_windows)
        {
            int slashes = 0;
            while (slashes < path.Length && path[slashes] == '/')
            {
                slashes++;
            }

            return slashes;
        }

        if (path.Length >= 2 && char.IsAsciiLetter(path[0]) && path[1] == ':')
        {
            return path.Length > 2 && IsSeparator(path[2]) ? 3 : 2;
        }

        if (path.Length >= 2 && IsSeparator(path[0]) && IsSeparator(path[1]))
        {
            return 2;
        }

        return path.Length >= 1 && IsSeparator(path[0]) ? 1 : 0;
    }
}
