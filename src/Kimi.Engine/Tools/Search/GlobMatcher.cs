using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Search;

/// <summary>
/// Finds paths by a pattern, reading every directory once. Names that begin with a dot are like any other; <c>**</c> does not
/// enter directories through links, so it never goes round in circles.
/// </summary>
internal sealed class GlobMatcher
{
    private const string AnyDepth = "**";

    private readonly IHost _host;
    private readonly string[] _parts;
    private readonly bool _onlyDirectories;
    private readonly bool _withDirectories;
    private readonly Func<string, bool> _found;
    private IReadOnlyDictionary<string, List<HostEntry>>? _tree;

    /// <summary>Makes a matcher.</summary>
    /// <param name="host">The machine to look on.</param>
    /// <param name="pattern">The pattern, relative.</param>
    /// <param name="withDirectories">Whether directories are results.</param>
    /// <param name="found">Takes each path, relative to the directory; the same path may come twice.</param>
    /// <exception cref="ArgumentException">No pattern.</exception>
    public GlobMatcher(IHost host, string pattern, bool withDirectories, Action<string> found)
    {
        if (host.Paths.IsAbsolute(pattern))
        {
            throw new ArgumentException("Non-relative patterns are unsupported");
        }

        bool windows = host.Paths.Separator == '\\';
        _host = host;
        _parts = [.. pattern.Split(windows ? ['/', '\\'] : ['/']).Where(static part => part.Length > 0 && part != ".")];
        if (_parts.Length == 0)
        {
            throw new ArgumentException($"Unacceptable pattern: '{pattern}'");
        }

        _onlyDirectories = pattern.EndsWith('/') || (windows && pattern.EndsWith('\\'));
        _withDirectories = withDirectories;
        _found = path =>
        {
            found(path);
            return true;
        };
    }

    /// <summary>Whether a path may be found twice.</summary>
    public bool MayRepeat => _parts.Count(static part => part == AnyDepth) > 1;

    /// <summary>Looks for the paths below a directory.</summary>
    public ValueTask FindAsync(string directory, CancellationToken cancellationToken) => EnterAsync(directory, "", [0], cancellationToken);

    private async ValueTask EnterAsync(string directory, string relative, List<int> states, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Close(states);
        if (states is [int only] && !Wildcard.HasMagic(_parts[only]))
        {
            await EnterLiteralAsync(directory, relative, only, cancellationToken).ConfigureAwait(false);
            return;
        }

        IReadOnlyList<HostEntry> entries;
        try
        {
            entries = await ListAsync(directory, states.Exists(state => _parts[state] == AnyDepth), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e is not HostConnectionException)
        {
            // Not readable, or no directory (any more).
            return;
        }

        foreach (HostEntry entry in entries)
        {
            List<int>? next = null;
            bool isResult = false;
            foreach (int state in states)
            {
                bool last = state == _parts.Length - 1;
                if (_parts[state] == AnyDepth)
                {
                    isResult |= last;
                    if (entry is { Kind: EntryKind.Directory, IsLink: false })
                    {
                        (next ??= []).Add(state);
                    }
                }
                else if (Wildcard.IsMatch(_parts[state], entry.Name))
                {
                    isResult |= last;
                    if (!last && entry.Kind == EntryKind.Directory)
                    {
                        (next ??= []).Add(state + 1);
                    }
                }
            }

            if (isResult || next is not null)
            {
                string path = relative.Length == 0 ? entry.Name : $"{relative}{_host.Paths.Separator}{entry.Name}";
                string full = _host.Paths.Join(directory, entry.Name);
                isResult |= next is not null && EndsHere(next);
                if (isResult)
                {
                    await AddAsync(path, full, entry, cancellationToken).ConfigureAwait(false);
                }

                if (next is not null)
                {
                    await EnterAsync(full, path, next, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    // On another machine each listing is a round trip: what is entered to any depth is listed at once.
    private async ValueTask<IReadOnlyList<HostEntry>> ListAsync(string directory, bool anyDepth, CancellationToken cancellationToken)
    {
        if (_host is not SshHost distant)
        {
            return await _host.ListAsync(directory, cancellationToken).ConfigureAwait(false);
        }

        if (_tree is null && anyDepth)
        {
            _tree = await distant.ListTreeAsync(directory, cancellationToken).ConfigureAwait(false);
        }

        return _tree is not null && _tree.TryGetValue(directory, out List<HostEntry>? known)
            ? known
            : await distant.ListAsync(directory, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask EnterLiteralAsync(string directory, string relative, int state, CancellationToken cancellationToken)
    {
        string name = _parts[state];
        string full = _host.Paths.Join(directory, name);
        HostStat stat = await _host.StatAsync(full, cancellationToken).ConfigureAwait(false);
        if (stat.Kind == EntryKind.None)
        {
            return;
        }

        string path = relative.Length == 0 ? name : $"{relative}{_host.Paths.Separator}{name}";
        if (state == _parts.Length - 1)
        {
            await AddAsync(path, full, new HostEntry(name, stat.Kind, false), cancellationToken).ConfigureAwait(false);
        }
        else if (stat.Kind == EntryKind.Directory)
        {
            List<int> next = [state + 1];
            if (EndsHere(next))
            {
                await AddAsync(path, full, new HostEntry(name, stat.Kind, false), cancellationToken).ConfigureAwait(false);
            }

            await EnterAsync(full, path, next, cancellationToken).ConfigureAwait(false);
        }
    }

    // "**" at the end stands for the directory itself, too.
    private bool EndsHere(List<int> states)
    {
        foreach (int state in states)
        {
            if (_parts.AsSpan(state).IndexOfAnyExcept(AnyDepth) < 0)
            {
                return true;
            }
        }

        return false;
    }

    // "**" also stands for no directory at all.
    private void Close(List<int> states)
    {
        for (int i = 0; i < states.Count; i++)
        {
            int next = states[i] + 1;
            if (_parts[states[i]] == AnyDepth && next < _parts.Length && !states.Contains(next))
            {
                states.Add(next);
            }
        }
    }

    private async ValueTask AddAsync(string path, string full, HostEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Kind == EntryKind.Directory)
        {
            _ = _withDirectories && _found(path);
            return;
        }

        if (_onlyDirectories)
        {
            return;
        }

        bool isFile = _withDirectories || !entry.IsLink || (await _host.StatAsync(full, cancellationToken).ConfigureAwait(false)).Kind == EntryKind.File;
        _ = isFile && _found(path);
    }
}
