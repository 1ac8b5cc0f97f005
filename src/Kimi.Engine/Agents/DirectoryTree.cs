using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>Two levels of a directory as a drawn tree: what the model sees of the work dir before it looks for itself.</summary>
internal static class DirectoryTree
{
    private const int RootEntries = 30;
    private const int ChildEntries = 10;

    /// <summary>The listing; null when the directory cannot be read.</summary>
    public static string? List(string directory) => List(directory, PromptFiles.Local);

    /// <summary>The listing of a directory of any machine.</summary>
    public static string? List(string directory, PromptFiles files)
    {
        List<string>? entries = Read(directory, files);
        if (entries is null)
        {
            return null;
        }

        if (entries.Count == 0)
        {
            return "(empty directory)";
        }

        var text = new StringBuilder();
        int shown = Math.Min(entries.Count, RootEntries);
        for (int i = 0; i < shown; i++)
        {
            string entry = entries[i];
            bool last = i == entries.Count - 1;
            AppendEntry(text, "", last, entry);
            if (entry[0] == PromptFiles.DirectoryMark)
            {
                AppendChildren(text, files.Paths.Join(directory, entry[1..]), last ? "    " : "│   ", files);
            }
        }

        if (entries.Count > shown)
        {
            text.Append("└── ... and ").Append(entries.Count - shown).Append(" more entries\n");
        }

        text.Length--;
        return text.ToString();
    }

    /// <summary>Names of the directories whose entries a listing of these entries shows too; sorts the entries.</summary>
    public static IEnumerable<string> ShownDirectories(List<string> entries)
    {
        entries.Sort(CodePointComparer.Instance);
        return entries.Take(RootEntries).Where(static entry => entry[0] == PromptFiles.DirectoryMark).Select(static entry => entry[1..]);
    }

    private static void AppendChildren(StringBuilder text, string directory, string prefix, PromptFiles files)
    {
        List<string>? entries = Read(directory, files);
        if (entries is null)
        {
            text.Append(prefix).Append("└── [not readable]\n");
            return;
        }

        int shown = Math.Min(entries.Count, ChildEntries);
        for (int i = 0; i < shown; i++)
        {
            AppendEntry(text, prefix, i == entries.Count - 1, entries[i]);
        }

        if (entries.Count > shown)
        {
            text.Append(prefix).Append("└── ... and ").Append(entries.Count - shown).Append(" more\n");
        }
    }

    private static void AppendEntry(StringBuilder text, string prefix, bool last, string entry)
    {
        text.Append(prefix).Append(last ? "└── " : "├── ").Append(entry, 1, entry.Length - 1);
        text.Append(entry[0] == PromptFiles.DirectoryMark ? "/\n" : "\n");
    }

    // Entries are strings whose first character sorts directories before files: a list of a type of our own would have to be
    // compiled at start-up.
    private static List<string>? Read(string directory, PromptFiles files)
    {
        List<string>? entries = files.Entries(directory);
        entries?.Sort(CodePointComparer.Instance);
        return entries;
    }
}
