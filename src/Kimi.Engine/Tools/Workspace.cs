using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools;

/// <summary>Where an agent works: its work directory and the directories added to it. Containment is lexical.</summary>
public sealed class Workspace
{
    private readonly HostPaths _paths;
    private readonly Lazy<IReadOnlyList<string>> _skillRoots;
    private volatile string[] _additional;

    /// <summary>Makes a workspace of canonical paths.</summary>
    /// <param name="paths">Rules of the machine's paths.</param>
    /// <param name="workDirectory">The work directory.</param>
    /// <param name="additionalDirectories">Directories added to it.</param>
    /// <param name="skillRoots">Finds the directories of skills when they are first asked for; null for none.</param>
    public Workspace(HostPaths paths, string workDirectory, IEnumerable<string> additionalDirectories, Func<IReadOnlyList<string>>? skillRoots = null)
    {
        _paths = paths;
        WorkDirectory = workDirectory;
        _additional = [.. additionalDirectories];
        _skillRoots = new Lazy<IReadOnlyList<string>>(skillRoots ?? (static () => []));
    }

    /// <summary>The session's work directory, canonical.</summary>
    public string WorkDirectory { get; }

    /// <summary>Directories added to the workspace; shared with running subagents.</summary>
    public IReadOnlyList<string> AdditionalDirectories => _additional;

    /// <summary>Directories of skills; Glob may search them too.</summary>
    public IReadOnlyList<string> SkillRoots => _skillRoots.Value;

    /// <summary>Adds a directory.</summary>
    public void Add(string directory) => _additional = [.. _additional, directory];

    /// <summary>Whether a canonical path lies in the work directory or an additional directory.</summary>
    public bool Contains(string path) => _paths.Contains(WorkDirectory, path) || _additional.Any(directory => _paths.Contains(directory, path));

    /// <summary>Makes a path as the model gave it canonical: native form, home, work directory.</summary>
    public string Canonical(string path, string home) => _paths.Canonical(_paths.ExpandHome(_paths.FromPosixForm(path), home), WorkDirectory);
}
