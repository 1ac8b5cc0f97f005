using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Files;

/// <summary><c>StrReplaceFile</c>: replaces texts in a file.</summary>
internal sealed class StrReplaceFileTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"path":{"description":"The file. A relative path starts at the working directory; outside of it the path must be absolute.","type":"string"},"edit":{"anyOf":[{"properties":{"old":{"description":"The text to replace; may have several lines.","type":"string"},"new":{"description":"What it is replaced by; may have several lines.","type":"string"},"replace_all":{"default":false,"description":"Replace every occurrence, not only the first.","type":"boolean"}},"required":["old","new"],"type":"object"},{"items":{"properties":{"old":{"description":"The text to replace; may have several lines.","type":"string"},"new":{"description":"What it is replaced by; may have several lines.","type":"string"},"replace_all":{"default":false,"description":"Replace every occurrence, not only the first.","type":"boolean"}},"required":["old","new"],"type":"object"},"type":"array"}],"description":"One edit, or a list of edits made one after the other."}},"required":["path","edit"],"type":"object"}
        """u8.ToArray();

    public override bool AsksPermission => true;

    public override ToolDefinition Definition { get; } = new(
        "StrReplaceFile",
        """
        Replace exact texts in an existing text file. Give several edits of one file in one call.

        - Read the file first. `old` must be as in the file, blanks included, without line numbers; take enough lines to make it unique.
        - Prefer this to WriteFile and to editing with shell commands.
        """,
        s_schema);

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string path = read.Text("path");
        List<Edit> edits = [.. read.ObjectOrObjects("edit").Select(static edit => new Edit(edit.Text("old"), edit.Text("new"), edit.Flag("replace_all", false)))];
        read.Check();
        if (FilePaths.Resolve(services, path, "edit", out string canonical) is { } refused)
        {
            return refused;
        }

        if (FilePaths.CheckPlan(services, canonical, out bool isPlan) is { } blocked)
        {
            return blocked;
        }

        IHost host = isPlan ? LocalHost.Here : services.Host;
        try
        {
            HostStat stat = await host.StatAsync(canonical, cancellationToken).ConfigureAwait(false);
            if (isPlan && stat.Kind == EntryKind.None)
            {
                return ToolReturnValue.Error("The current plan file does not exist yet. Create it with WriteFile first.", "Plan file not created");
            }

            if (FilePaths.CheckFile(path, stat) is { } unusable)
            {
                return unusable;
            }

            string before;
            using (await EditGate.EnterAsync(canonical, cancellationToken).ConfigureAwait(false))
            {
                before = await FileText.ReadAsync(host, canonical, stat, cancellationToken).ConfigureAwait(false);
            }

            string after = Apply(edits, before);
            if (after == before)
            {
                return NothingReplaced();
            }

            IReadOnlyList<DisplayBlock> diff = FilePaths.Diff(canonical, before, after);
            if (!isPlan && await services.Approvals.AskAsync(
                context, FilePaths.EditAction(services, canonical), $"Edit file `{canonical}`", diff, cancellationToken, canonical).ConfigureAwait(false) is { } rejected)
            {
                return rejected;
            }

            using (await EditGate.EnterAsync(canonical, cancellationToken).ConfigureAwait(false))
            {
                // The file may be another one by now: a call of the same step edited it, or somebody did before the approval came.
                string now = await FileText.ReadAsync(
                    host, canonical, await host.StatAsync(canonical, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
                if (now != before)
                {
                    before = now;
                    after = Apply(edits, before);
                    if (after == before)
                    {
                        return NothingReplaced();
                    }

                    diff = FilePaths.Diff(canonical, before, after);
                }

                await host.WriteAsync(canonical, Encoding.UTF8.GetBytes(after), append: false, cancellationToken).ConfigureAwait(false);
            }

            int replacements = edits.Sum(edit => edit.CountIn(before));
            return new ToolReturnValue
            {
                IsError = false,
                Message = string.Create(CultureInfo.InvariantCulture, $"File successfully edited. Applied {edits.Count} edit(s) with {replacements} total replacement(s)."),
                Display = diff,
            };
        }
        catch (Exception e) when (FilePaths.IsFailure(e))
        {
            return ToolReturnValue.Error($"Failed to edit. Error: {e.Message}", "Failed to edit file");
        }
    }

    private static string Apply(List<Edit> edits, string text) => edits.Aggregate(text, static (done, edit) => edit.Apply(done));

    private static ToolReturnValue NothingReplaced() =>
        ToolReturnValue.Error("No replacements were made. The old string was not found in the file.", "No replacements made");

    private sealed record Edit(string Old, string New, bool All)
    {
        public string Apply(string text)
        {
            if (Old.Length == 0)
            {
                return All ? Intersperse(text) : New + text;
            }

            if (All)
            {
                return text.Replace(Old, New, StringComparison.Ordinal);
            }

            int at = text.IndexOf(Old, StringComparison.Ordinal);
            return at < 0 ? text : string.Concat(text.AsSpan(0, at), New, text.AsSpan(at + Old.Length));
        }

        public int CountIn(string text)
        {
            if (!All)
            {
                return text.Contains(Old, StringComparison.Ordinal) ? 1 : 0;
            }

            return Old.Length == 0 ? CodePoints.Count(text) + 1 : text.AsSpan().Count(Old);
        }

        // An empty text stands before every character and at the end.
        private string Intersperse(string text)
        {
            StringBuilder all = new(New);
            foreach (Rune rune in text.EnumerateRunes())
            {
                all.Append(rune.ToString()).Append(New);
            }

            return all.ToString();
        }
    }
}
