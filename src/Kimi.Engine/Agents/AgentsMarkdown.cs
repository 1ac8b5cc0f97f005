using System.Text;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Agents;

/// <summary>Collects the AGENTS.md files from the project root down to the work dir into one text.</summary>
internal static class AgentsMarkdown
{
    private const int Budget = 32_768;

    /// <summary>So much of a file is read: more than the budget, so that leading blanks cannot hide the text, yet bounded.</summary>
    public const int ReadLimit = 1024 * 1024;

    /// <summary>The merged text of this machine; null when there is none.</summary>
    /// <param name="workDir">The session's work dir, absolute.</param>
    /// <param name="projectRoot">Its project root (<see cref="Skills.ProjectRoot.Find"/>).</param>
    public static string? Load(string workDir, string projectRoot) => Load(workDir, projectRoot, PromptFiles.Local);

    /// <summary>The merged text of any machine; null when there is none.</summary>
    public static string? Load(string workDir, PromptFiles source) => Load(workDir, source.ProjectRoot(workDir), source);

    /// <summary>The files that may be there, from the project root down to the work dir.</summary>
    public static IEnumerable<string> Candidates(string workDir, string projectRoot, HostPaths paths) =>
        Chain(workDir, projectRoot, paths).SelectMany(directory => Names(directory, paths));

    private static string? Load(string workDir, string projectRoot, PromptFiles source)
    {
        List<(string Path, string Text)>? files = null;
        foreach (string directory in Chain(workDir, projectRoot, source.Paths))
        {
            string[] names = Names(directory, source.Paths);
            Collect(names[0], source, ref files);
            if (!Collect(names[1], source, ref files))
            {
                Collect(names[2], source, ref files);
            }
        }

        return files is null ? null : Merge(files);
    }

    private static string[] Names(string directory, HostPaths paths) =>
        [paths.Join(paths.Join(directory, ".kimi"), "AGENTS.md"), paths.Join(directory, "AGENTS.md"), paths.Join(directory, "agents.md")];

    private static List<string> Chain(string workDir, string projectRoot, HostPaths paths)
    {
        var chain = new List<string>();
        for (string directory = workDir; ; directory = paths.Parent(directory))
        {
            chain.Add(directory);
            if (directory == projectRoot || paths.Parent(directory) == directory)
            {
                break;
            }
        }

        chain.Reverse();
        return chain;
    }

    // True when the file exists, even if nothing is taken from it.
    private static bool Collect(string path, PromptFiles source, ref List<(string Path, string Text)>? files)
    {
        try
        {
            if (source.Text(path, ReadLimit) is not { } text)
            {
                return false;
            }

            text = text.Trim();
            if (text.Length > 0)
            {
                (files ??= []).Add((path, text));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    // The file nearest to the work dir is served first, whatever is left goes up the chain.
    private static string? Merge(List<(string Path, string Text)> files)
    {
        var parts = new List<string>(files.Count);
        int remaining = Budget;
        for (int i = files.Count - 1; i >= 0; i--)
        {
            string annotation = $"<!-- From: {files[i].Path} -->\n";
            remaining -= Encoding.UTF8.GetByteCount(annotation) + (i < files.Count - 1 ? 2 : 0);
            if (remaining <= 0)
            {
                break;
            }

            string text = Cut(files[i].Text, remaining);
            if (text.Length == 0)
            {
                continue;
            }

            remaining -= Encoding.UTF8.GetByteCount(text);
            parts.Add(annotation + text);
        }

        parts.Reverse();
        return parts.Count == 0 ? null : string.Join("\n\n", parts);
    }

    private static string Cut(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text;
        }

        int used = 0;
        int end = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += rune.Utf8SequenceLength;
            if (used > bytes)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return text[..end].Trim();
    }
}
