using System.IO.Enumeration;
using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>Two levels of a directory as a drawn tree: what the model sees of the work dir before it looks for itself.</summary>
internal static class DirectoryTree
{
    private const int RootEntries = 30;
    private const int ChildEntries = 10;

    // Entries are strings whose first character sorts directories before files: a list of a type of our own would have to be
    // compiled at start-up.
    private const char DirectoryMark = '0';

    /// <summary>The listing; null when the directory cannot be read.</summary>
    public static string? List(string directory)
    {
        List<string>? entries = Read(directory);
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
            if (entry[0] == DirectoryMark)
            {
                AppendChildren(text, Path.Combine(directory, entry[1..]), last ? "    " : "│   ");
            }
        }

        if (entries.Count > shown)
        {
            text.Append("└── ... and ").Append(entries.Count - shown).Append(" more entries\n");
        }

        text.Length--;
        return text.ToString();
    }

    private static void AppendChildren(StringBuilder text, string directory, string prefix)
    {
        List<string>? entries = Read(directory);
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
        text.Append(entry[0] == DirectoryMark ? "/\n" : "\n");
    }

    private static List<string>? Read(string directory)
    {
        try
        {
            var entries = new List<string>();
            using var walk = new Walk(directory);
            while (walk.MoveNext())
            {
                entries.Add(walk.Current);
            }

            entries.Sort(CodePointComparer.Instance);
            return entries;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.SecurityException)
        {
            return null;
        }
    }

    /// <summary>One system call a directory where the file system tells the kind; a link is asked for its target.</summary>
    private sealed class Walk(string directory) : FileSystemEnumerator<string>(directory, s_options)
    {
        private static readonly EnumerationOptions s_options = new()
        {
            AttributesToSkip = 0,
            IgnoreInaccessible = false,
            RecurseSubdirectories = false,
            ReturnSpecialDirectories = false,
        };

        protected override string TransformEntry(ref FileSystemEntry entry)
        {
            bool isDirectory = (entry.Attributes & FileAttributes.ReparsePoint) != 0
                ? Directory.Exists(entry.ToFullPath())
                : entry.IsDirectory;
            return string.Concat(isDirectory ? "0" : "1", entry.FileName);
        }
    }
}
