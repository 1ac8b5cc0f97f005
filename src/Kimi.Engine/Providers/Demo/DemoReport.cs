using System.Globalization;
using System.Text;

namespace Kimi.Engine.Providers.Demo;

/// <summary>The demo model's final answer: what its tools really brought.</summary>
internal static class DemoReport
{
    private const int ShownEntries = 12;

    /// <summary>Writes the answer.</summary>
    public static string Write(DemoScene scene)
    {
        StringBuilder text = new();
        string question = Shorten(FirstLine(scene.Question), 120);
        text.Append(question.Length == 0
            ? "This is the built-in demo model."
            : $"You asked: \"{question}\". This is the built-in demo model: it cannot think about that, but the work below was really done.");
        text.Append('\n');
        WriteFolder(text, scene);
        WriteFile(text, scene);
        WriteShell(text, scene);
        WriteMcp(text, scene);
        text.Append("\nTo get real answers, configure a model: see `kimi --help`, or set KIMI_BASE_URL, KIMI_API_KEY and KIMI_MODEL_NAME.");
        return text.ToString();
    }

    private static void WriteFolder(StringBuilder text, DemoScene scene)
    {
        if (scene.ResultOf("Glob") is not DemoResult glob)
        {
            return;
        }

        if (glob.Error is not null)
        {
            Item(text, $"Looking at the folder failed: {FirstLine(glob.Error)}");
            return;
        }

        string[] entries = DemoPlan.Entries(scene);
        if (entries.Length == 0)
        {
            Item(text, "The folder is empty.");
            return;
        }

        string names = string.Join(", ", entries.Take(ShownEntries));
        string more = entries.Length > ShownEntries ? $" and {entries.Length - ShownEntries} more" : "";
        Item(text, string.Create(CultureInfo.InvariantCulture, $"The folder has {entries.Length} {(entries.Length == 1 ? "entry" : "entries")}: {names}{more}."));
    }

    private static void WriteFile(StringBuilder text, DemoScene scene)
    {
        if (scene.ResultOf("ReadFile") is not DemoResult read)
        {
            return;
        }

        string file = DemoPlan.ChooseFile(scene) ?? "the file";
        if (read.Error is not null)
        {
            Item(text, $"Reading {file} failed: {FirstLine(read.Error)}");
            return;
        }

        string[] lines = read.Output.Split('\n');
        string first = "";
        foreach (string line in lines)
        {
            first = StripNumber(line).Trim().TrimStart('#', ' ');
            if (first.Length > 0)
            {
                break;
            }
        }

        Item(text, first.Length == 0 ? $"{file} is empty." : $"{file} begins with: \"{Shorten(first, 160)}\"");
    }

    private static void WriteShell(StringBuilder text, DemoScene scene)
    {
        if (scene.ResultOf("Shell") is DemoResult shell)
        {
            Item(text, shell.Error is null
                ? $"A shell command printed: \"{Shorten(FirstLine(shell.Output.Trim()), 160)}\""
                : $"The shell command was not run: {Shorten(FirstLine(shell.Error), 160)}");
        }
    }

    private static void WriteMcp(StringBuilder text, DemoScene scene)
    {
        if (scene.ResultOf("mcp_call") is DemoResult call)
        {
            string name = DemoMcp.ChooseCall(scene)?.Name ?? "an MCP tool";
            Item(text, call.Error is null
                ? $"The MCP tool {name} answered: \"{Shorten(FirstLine(call.Output.Trim()), 160)}\""
                : $"The MCP tool {name} failed: {Shorten(FirstLine(call.Error), 160)}");
        }
        else if (scene.ResultOf("mcp_search") is DemoResult search)
        {
            Item(text, $"A search for MCP tools found nothing to call: {Shorten(FirstLine((search.Error ?? search.Output).Trim()), 160)}");
        }
    }

    private static void Item(StringBuilder text, string line) => text.Append("\n- ").Append(line);

    private static string FirstLine(string text)
    {
        string trimmed = text.Trim();
        int end = trimmed.IndexOf('\n', StringComparison.Ordinal);
        return end < 0 ? trimmed : trimmed[..end].TrimEnd();
    }

    private static string Shorten(string text, int length) =>
        text.Length <= length ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length), "…");

    // ReadFile puts the line number and a tab before each line.
    private static string StripNumber(string line)
    {
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        return tab > 0 && int.TryParse(line.AsSpan(0, tab).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _) ? line[(tab + 1)..] : line;
    }
}
