using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Files;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class EditToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Write(string path, string content, string? mode = null) =>
        _bench.Call(new WriteFileTool(_bench.Services), mode is null ? Json(("path", path), ("content", content)) : Json(("path", path), ("content", content), ("mode", mode)));

    private Task<ToolReturnValue> Edit(string path, params (string Old, string New, bool All)[] edits)
    {
        string list = string.Join(',', edits.Select(static edit => Json(("old", edit.Old), ("new", edit.New), ("replace_all", edit.All))));
        return _bench.Call(new StrReplaceFileTool(_bench.Services), $"{{\"path\":{System.Text.Json.JsonEncodedText.Encode(path) switch { var p => $"\"{p}\"" }},\"edit\":{(edits.Length == 1 ? list : $"[{list}]")}}}");
    }

    [Fact]
    public async Task A_new_file_shows_as_added()
    {
        ToolReturnValue result = await Write("n.txt", "uno\n");
        result.IsOk("", "File successfully overwritten. Current size: 4 bytes.");
        Assert.Equal([new DiffBlock(_bench.PathOf("n.txt"), "", "uno")], result.Display);
        Assert.Equal(("WriteFile", "edit file", $"Write file `{_bench.PathOf("n.txt")}`", _bench.PathOf("n.txt")),
            (_bench.Approvals.Asked[0].Sender, _bench.Approvals.Asked[0].Action, _bench.Approvals.Asked[0].Description, _bench.Approvals.Asked[0].Target));
        Assert.Equal(result.Display, _bench.Approvals.Asked[0].Display);
    }

    [Fact]
    public async Task Unchanged_and_appended_files()
    {
        _bench.Write("n.txt", "uno\n");
        ToolReturnValue same = await Write("n.txt", "uno\n");
        same.IsOk("", "File successfully overwritten. Current size: 4 bytes.");
        Assert.Empty(same.Display);
        ToolReturnValue more = await Write("n.txt", "dos", "append");
        more.IsOk("", "File successfully appended to. Current size: 7 bytes.");
        Assert.Equal([new DiffBlock(_bench.PathOf("n.txt"), "uno", "uno\ndos")], more.Display);
        ToolReturnValue nothing = await Write("n.txt", "", "append");
        nothing.IsOk("", "File successfully appended to. Current size: 7 bytes.");
        Assert.Empty(nothing.Display);
        (await Write("new.txt", "x", "append")).IsOk("", "File successfully appended to. Current size: 1 bytes.");
        Assert.Equal("uno\ndos", _bench.Read("n.txt"));
    }

    [Fact]
    public async Task An_edit_keeps_what_was_edited_while_its_approval_was_waited_for()
    {
        _bench.Write("n.txt", "uno dos");
        _bench.Approvals.OnAsk = () => _bench.Write("n.txt", "eins dos");
        ToolReturnValue edited = await Edit("n.txt", ("dos", "two", false));
        edited.IsOk("", "File successfully edited. Applied 1 edit(s) with 1 total replacement(s).");
        Assert.Equal([new DiffBlock(_bench.PathOf("n.txt"), "eins dos", "eins two")], edited.Display);
        Assert.Equal("eins two", _bench.Read("n.txt"));

        _bench.Approvals.OnAsk = () => _bench.Write("n.txt", "gone");
        (await Edit("n.txt", ("two", "2", false))).IsError("No replacements were made. The old string was not found in the file.", "No replacements made");
        Assert.Equal("gone", _bench.Read("n.txt"));
    }

    [Fact]
    public async Task Edits_of_one_file_at_once_all_count()
    {
        _bench.Write("n.txt", string.Concat(Enumerable.Range(0, 20).Select(static i => $"<{i}>")));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Edit("n.txt", ($"<{i}>", $"[{i}]", false)))));
        Assert.Equal(string.Concat(Enumerable.Range(0, 20).Select(static i => $"[{i}]")), _bench.Read("n.txt"));
    }

    [Fact]
    public async Task Bytes_are_written_as_given()
    {
        await Write("n.txt", "a\r\nb\rc\n\ufeffé😀");
        Assert.Equal(Encoding.UTF8.GetBytes("a\r\nb\rc\n\ufeffé😀"), File.ReadAllBytes(_bench.PathOf("n.txt")));
    }

    [Fact]
    public async Task Where_a_file_cannot_be_written()
    {
        Directory.CreateDirectory(_bench.PathOf("sub"));
        _bench.Write("file", "x");
        (await Write("", "x")).IsError("File path cannot be empty.", "Empty file path");
        (await Write("no/dir/n.txt", "")).IsError("`no/dir/n.txt` parent directory does not exist.", "Parent directory not found");
        (await Write("../n.txt", "")).IsError("`../n.txt` is not an absolute path. You must provide an absolute path to write a file outside the working directory.", "Invalid path");
        (await Write("file/x", "")).IsError(
            $"Failed to write to file/x. Error: {(OperatingSystem.IsWindows() ? "[Errno 2] No such file or directory" : "[Errno 20] Not a directory")}: '{_bench.PathOf("file/x")}'", "Failed to write file");
        _bench.Approvals.Asked.Clear();
        (await Write("sub", "")).IsError($"Failed to write to sub. Error: [Errno 21] Is a directory: '{_bench.PathOf("sub")}'", "Failed to write file");
        (await Write("sub", "x", "append")).IsError($"Failed to write to sub. Error: [Errno 21] Is a directory: '{_bench.PathOf("sub")}'", "Failed to write file");
        Assert.Empty(_bench.Approvals.Asked); // known before anybody is asked
        (await Write("n.txt", "x", "prepend")).IsInvalid("mode");
        (await _bench.Call(new WriteFileTool(_bench.Services), "{\"path\": \"n.txt\"}")).IsInvalid("content");
        (await Write("sub2/", "x")).IsOk("", "File successfully overwritten. Current size: 1 bytes.");
        Assert.Equal("x", _bench.Read("sub2"));
    }

    [Fact]
    public async Task Outside_of_the_workspace_another_action_is_asked_for()
    {
        await Write(_bench.Folder["out.txt"], "x");
        Assert.Equal("edit file outside of working directory", _bench.Approvals.Asked[^1].Action);
        _bench.Additional.Add(_bench.Folder.Path);
        await Write(_bench.Folder["out.txt"], "y");
        Assert.Equal("edit file", _bench.Approvals.Asked[^1].Action);
        await Edit(_bench.Folder["out.txt"], ("y", "z", false));
        Assert.Equal(("StrReplaceFile", "edit file", $"Edit file `{_bench.Folder["out.txt"]}`"), (_bench.Approvals.Asked[^1].Sender, _bench.Approvals.Asked[^1].Action, _bench.Approvals.Asked[^1].Description));
    }

    [Fact]
    public async Task A_rejected_edit_changes_nothing()
    {
        _bench.Write("n.txt", "old");
        _bench.Approvals.Answer = ApprovalService.Rejected("", false);
        (await Write("n.txt", "new")).StartsError("The tool call is rejected by the user.", "Rejected by user");
        (await Edit("n.txt", ("old", "new", false))).StartsError("The tool call is rejected by the user.", "Rejected by user");
        Assert.Equal("old", _bench.Read("n.txt"));
    }

    [Fact]
    public async Task In_plan_mode_only_the_plan_may_be_edited()
    {
        _bench.Plan.IsActive = true;
        _bench.Write("n.txt", "x");
        (await Write("n.txt", "y")).IsError("Plan mode is active, but the current plan file is unavailable.", "Plan file unavailable");
        string plan = _bench.Folder["share/plans/p.md"];
        _bench.Plan.PlanFile = plan;
        (await Write("n.txt", "y")).StartsError($"Plan mode is active. You may only edit the current plan file: `{plan}`", "Plan mode restriction");
        (await Edit("n.txt", ("x", "y", false))).StartsError($"Plan mode is active. You may only edit the current plan file: `{plan}`", "Plan mode restriction");
        (await Edit(plan, ("x", "y", false))).StartsError("The current plan file does not exist yet.", "Plan file not created");
        (await Write(plan, "# Plan x")).IsOk("", "File successfully overwritten. Current size: 8 bytes.");
        Assert.False((await Edit(plan, ("x", "y", false))).IsError);
        Assert.Equal("# Plan y", File.ReadAllText(plan));
        Assert.Empty(_bench.Approvals.Asked);
    }

    [Fact]
    public async Task Edits_are_applied_in_order_and_counted_against_the_original()
    {
        _bench.Write("n.txt", "uno\ndos");
        ToolReturnValue result = await Edit("n.txt", ("uno", "eins", false), ("eins\ndos", "zwei", false), ("absent", "x", false));
        result.IsOk("", "File successfully edited. Applied 3 edit(s) with 1 total replacement(s).");
        Assert.Equal([new DiffBlock(_bench.PathOf("n.txt"), "uno\ndos", "zwei")], result.Display);
        Assert.Equal("zwei", _bench.Read("n.txt"));
    }

    [Theory]
    [InlineData("aXbXc", "X", "-", false, "a-bXc", 1)]
    [InlineData("aXbXc", "X", "-", true, "a-b-c", 2)]
    [InlineData("aaa", "aa", "b", true, "ba", 1)]
    [InlineData("ab", "", "-", false, "-ab", 1)]
    [InlineData("a😀", "", "-", true, "-a-😀-", 3)]
    [InlineData("é", "e", "x", false, null, 0)]
    public async Task Replacements(string text, string old, string replacement, bool all, string? expected, int count)
    {
        _bench.Write("n.txt", text);
        ToolReturnValue result = await Edit("n.txt", (old, replacement, all));
        if (expected is null)
        {
            result.IsError("No replacements were made. The old string was not found in the file.", "No replacements made");
            return;
        }

        result.IsOk("", $"File successfully edited. Applied 1 edit(s) with {count} total replacement(s).");
        Assert.Equal(expected, _bench.Read("n.txt"));
    }

    [Fact]
    public async Task Carriage_returns_become_line_feeds()
    {
        _bench.Write("dos.txt", "x\r\ny\r\n");
        ToolReturnValue result = await Edit("dos.txt", ("x\n", "z\n", false));
        Assert.Equal([new DiffBlock(_bench.PathOf("dos.txt"), "x\ny", "z\ny")], result.Display);
        Assert.Equal("z\ny\n", _bench.Read("dos.txt"));
    }

    [Fact]
    public async Task What_cannot_be_edited()
    {
        Directory.CreateDirectory(_bench.PathOf("sub"));
        _bench.Write("n.txt", "x");
        _bench.Write("latin.txt", [(byte)'x', 0xe9]);
        (await Edit("gone.txt", ("q", "r", false))).IsError("`gone.txt` does not exist.", "File not found");
        (await Edit("sub", ("q", "r", false))).IsError("`sub` is not a file.", "Invalid path");
        (await Edit("../n.txt", ("q", "r", false))).IsError("`../n.txt` is not an absolute path. You must provide an absolute path to edit a file outside the working directory.", "Invalid path");
        (await Edit("n.txt")).IsError("No replacements were made. The old string was not found in the file.", "No replacements made");
        (await Edit("n.txt", ("x", "x", false))).IsError("No replacements were made. The old string was not found in the file.", "No replacements made");
        (await Edit("latin.txt", ("x", "y", false))).StartsError("Failed to edit. Error: ", "Failed to edit file");
        (await _bench.Call(new StrReplaceFileTool(_bench.Services), "{\"path\":\"n.txt\",\"edit\":{\"old\":\"x\"}}")).IsInvalid("new");
        (await _bench.Call(new StrReplaceFileTool(_bench.Services), "{\"path\":\"n.txt\",\"edit\":\"x\"}")).IsInvalid("edit");
        Assert.Empty(_bench.Approvals.Asked);
        Assert.Equal([(byte)'x', 0xe9], File.ReadAllBytes(_bench.PathOf("latin.txt")));
    }

    [Fact]
    public async Task A_link_is_written_through_and_shown_as_it_is()
    {
        _bench.Write("real.txt", "a\n");
        File.CreateSymbolicLink(_bench.PathOf("link.txt"), _bench.PathOf("real.txt"));
        ToolReturnValue result = await Write("link.txt", "b\n");
        Assert.Equal([new DiffBlock(_bench.PathOf("link.txt"), "a", "b")], result.Display);
        Assert.Equal("b\n", _bench.Read("real.txt"));
    }
}
