using Kimi.Engine.Hosts;

namespace Kimi.Engine.Agents;

/// <summary>What prompts take from a machine behind ssh, read beforehand in a few round trips.</summary>
internal sealed class DistantPromptFiles : PromptFiles
{
    private readonly SshHost _host;
    private readonly Dictionary<string, List<string>?> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly string _workDir;
    private string _projectRoot;

    private DistantPromptFiles(SshHost host, string workDir)
    {
        _host = host;
        _workDir = workDir;
        _projectRoot = workDir;
    }

    public override HostPaths Paths => _host.Paths;

    /// <summary>Reads what the prompts of a work dir need.</summary>
    /// <exception cref="IOException">The machine cannot be asked.</exception>
    public static async Task<DistantPromptFiles> LoadAsync(SshHost host, string workDir, CancellationToken cancellationToken)
    {
        DistantPromptFiles files = new(host, workDir);
        await Task.WhenAll(files.LoadGuidesAsync(cancellationToken), files.LoadListingAsync(workDir, cancellationToken)).ConfigureAwait(false);
        return files;
    }

    /// <summary>Reads the listing of a further directory.</summary>
    /// <exception cref="IOException">The machine cannot be asked.</exception>
    public async Task LoadListingAsync(string directory, CancellationToken cancellationToken)
    {
        List<string>? entries = Marked((await _host.ListAllAsync([directory], cancellationToken).ConfigureAwait(false))[0]);
        Note(directory, entries);
        if (entries is null)
        {
            return;
        }

        string[] below = [.. DirectoryTree.ShownDirectories(entries).Select(name => Paths.Join(directory, name))];
        IReadOnlyList<IReadOnlyList<HostEntry>?> lists = await _host.ListAllAsync(below, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < below.Length; i++)
        {
            Note(below[i], Marked(lists[i]));
        }
    }

    public override List<string>? Entries(string directory)
    {
        lock (_entries)
        {
            return _entries.GetValueOrDefault(directory);
        }
    }

    public override string? Text(string path, int maxBytes) => _texts.GetValueOrDefault(path);

    public override string ProjectRoot(string workDir) => workDir == _workDir ? _projectRoot : workDir;

    private static List<string>? Marked(IReadOnlyList<HostEntry>? entries) =>
        entries is null ? null : [.. entries.Select(static entry => (entry.Kind == EntryKind.Directory ? DirectoryMark : FileMark) + entry.Name)];

    private void Note(string directory, List<string>? entries)
    {
        lock (_entries)
        {
            _entries[directory] = entries;
        }
    }

    private async Task LoadGuidesAsync(CancellationToken cancellationToken)
    {
        List<string> above = [];
        for (string at = _workDir; ; at = Paths.Parent(at))
        {
            above.Add(at);
            if (Paths.Parent(at) == at)
            {
                break;
            }
        }

        IReadOnlyList<HostStat> marks = await _host.StatAllAsync([.. above.Select(directory => Paths.Join(directory, ".git"))], cancellationToken).ConfigureAwait(false);
        int root = 0;
        while (root < above.Count && marks[root].Kind == EntryKind.None)
        {
            root++;
        }

        _projectRoot = root < above.Count ? above[root] : _workDir;
        string[] guides = [.. AgentsMarkdown.Candidates(_workDir, _projectRoot, Paths)];
        IReadOnlyList<string?> texts = await _host.ReadTextsAsync(guides, AgentsMarkdown.ReadLimit, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < guides.Length; i++)
        {
            if (texts[i] is string text)
            {
                _texts[guides[i]] = text;
            }
        }
    }
}
