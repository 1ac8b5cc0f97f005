using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Commands;

namespace Kimi.Engine.Tests.Turns.Commands;

public sealed class SlashCommandTests
{
    [Theory]
    [InlineData("/clear", "clear", "")]
    [InlineData("/compact  keep this ", "compact", "keep this ")]
    [InlineData("/skill:my-skill\nx", "skill:my-skill", "x")]
    [InlineData("/a:b:c_1", "a:b:c_1", "")]
    public void A_command_is_a_slash_and_a_name(string text, string name, string arguments)
    {
        SlashCommandLine? line = SlashCommandLine.Parse(text);
        Assert.Equal(new SlashCommandLine(name, arguments), line);
    }

    [Theory]
    [InlineData("/usr/bin/x y")]
    [InlineData("/")]
    [InlineData("/a:")]
    [InlineData("/:a")]
    [InlineData("/name?")]
    [InlineData("//")]
    [InlineData("clear")]
    [InlineData("/größe")]
    public void Anything_else_is_ordinary_text(string text) => Assert.Null(SlashCommandLine.Parse(text));

    [Fact]
    public async Task The_list_has_the_built_in_commands_in_order_then_skills_then_flows()
    {
        await using SessionHarness harness = new();
        harness.Options.SkillsDirectories = [harness.At("skills")];
        harness.Write("skills/tidy/SKILL.md", "---\nname: tidy\ndescription: Tidy a file\n---\nTidy.\n");
        harness.Write("skills/loop/SKILL.md", "---\nname: loop\ndescription: Work\ntype: flow\n---\n```mermaid\nflowchart LR\nA([BEGIN]) --> W[polish]\nW --> Z([END])\n```\n");
        KimiSession session = await harness.OpenAsync();

        string[] names = [.. session.SlashCommands.Select(static command => command.Name)];
        Assert.Equal(["init", "compact", "clear", "yolo", "afk", "plan", "add-dir", "export", "import"], names[..9]);
        Assert.Contains("skill:loop", names);
        Assert.Contains("skill:tidy", names);
        Assert.Equal("flow:loop", names[^1]);
        Assert.Equal(
            [
                "Analyze the codebase and generate an `AGENTS.md` file",
                "Compact the context (optionally with a custom focus, e.g. /compact keep db discussions)",
                "Clear the context",
                "Toggle YOLO mode (auto-approve all actions)",
                "Toggle afk mode (auto-dismiss AskUserQuestion, auto-approve tool calls)",
                "Toggle plan mode. Usage: /plan [on|off|view|clear]",
                "Add a directory to the workspace. Usage: /add-dir <path>. Run without args to list added dirs",
                "Export current session context to a markdown file",
                "Import context from a file or session ID",
            ],
            session.SlashCommands.Take(9).Select(static command => command.Description));
        Assert.Equal(["reset"], session.SlashCommands[2].Aliases);
        Assert.All(session.SlashCommands.Where(static command => command.Name != "clear"), static command => Assert.Empty(command.Aliases));
        Assert.Equal("Tidy a file", session.SlashCommands.Single(static command => command.Name == "skill:tidy").Description);
    }

    [Fact]
    public async Task An_unknown_command_is_answered_and_leaves_nothing_behind()
    {
        await using SessionHarness harness = new();
        RecordedRun run = await harness.RunAsync(" /frobnicate now");
        Assert.Equal(["Turn  /frobnicate now", "text Unknown slash command \"/frobnicate\".", "TurnEnd"], run.AllEvents);
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
        Assert.Empty(harness.Context());
        Assert.Equal(default, harness.State());
        Assert.Null(harness.Session.Title);
    }

    [Fact]
    public async Task Text_parts_are_joined_to_find_a_command_and_the_event_echoes_the_parts()
    {
        await using SessionHarness harness = new();
        RecordedRun run = await harness.RunAsync(new UserInput([new TextPart("/plan"), new TextPart("view")]));
        Assert.Equal(["Turn [/plan view]", "text No plan file found for this session.", "TurnEnd"], run.AllEvents);
    }

    [Fact]
    public async Task Yolo_and_afk_toggle_with_the_text_that_fits_the_other()
    {
        await using SessionHarness harness = new("text: ok");
        Assert.Equal(["You only live once! All actions will be auto-approved."], (await harness.RunAsync("/yolo")).Texts);
        Assert.True(harness.State().GetProperty("approval").GetProperty("yolo").GetBoolean());
        Assert.Equal(["You only die once! Actions will require approval."], (await harness.RunAsync("/yolo")).Texts);
        Assert.False(harness.State().GetProperty("approval").GetProperty("yolo").GetBoolean());

        Assert.Equal(["afk mode enabled. AskUserQuestion will be auto-dismissed and tool calls auto-approved."], (await harness.RunAsync("/afk")).Texts);
        Assert.True(harness.State().GetProperty("approval").GetProperty("afk").GetBoolean());
        Assert.Empty(harness.Context());
        await harness.RunAsync("/yolo");
        Assert.Equal(
            ["Yolo disabled, but afk is still on — tool calls remain auto-approved. Use /afk to turn off afk."],
            (await harness.RunAsync("/yolo")).Texts);
        await harness.RunAsync("/yolo");
        Assert.Equal(["afk mode disabled. You are back at the terminal. Yolo is still on."], (await harness.RunAsync("/afk")).Texts);
        await harness.RunAsync("/yolo");
        await harness.RunAsync("/afk");
        Assert.Equal(["afk mode disabled. You are back at the terminal."], (await harness.RunAsync("/afk")).Texts);

        string[] context = harness.Context();
        Assert.Equal(2, context.Length);
        Assert.All(context, static line =>
        {
            Assert.StartsWith("u:<system-reminder>\n", line, StringComparison.Ordinal);
            Assert.EndsWith("\n</system-reminder>", line, StringComparison.Ordinal);
        });
        Assert.Null(harness.Session.Title);
    }

    [Fact]
    public async Task Afk_off_ends_the_overlay_of_this_opening_too()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c", "Ask"), "text: done");
        harness.Options.RuntimeAfk = true;
        KimiSession session = await harness.OpenAsync();
        await harness.RunAsync("/afk");
        await harness.RunAsync("/afk");
        await harness.RunAsync("/yolo");
        Assert.Equal(["You only die once! Actions will require approval."], (await harness.RunAsync("/yolo")).Texts);
        Assert.NotNull(session);
    }

    [Fact]
    public async Task Plan_switches_reports_shows_and_clears()
    {
        await using SessionHarness harness = new();
        RecordedRun on = await harness.RunAsync("/plan on");
        string slug = harness.State().GetProperty("plan_slug").GetString()!;
        string file = Path.Join(harness.Home, ".kimi", "plans", slug + ".md");
        Assert.Equal(["Turn /plan on", $"text Plan mode ON. Plan file: {file}", "Status plan=True", "TurnEnd"], on.AllEvents);
        Assert.Equal([$"Plan mode ON. Plan file: {file}"], (await harness.RunAsync("/plan on")).Texts);
        Assert.Equal(slug, harness.State().GetProperty("plan_slug").GetString());

        Assert.Equal(["No plan file found for this session."], (await harness.RunAsync("/plan view")).Texts);
        Assert.Equal(["Plan cleared."], (await harness.RunAsync("/plan clear")).Texts); // there is not even a folder of plans yet
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "1. do it\n");
        Assert.Equal(["Turn /plan view", "text 1. do it\n", "TurnEnd"], (await harness.RunAsync("/plan view")).AllEvents);
        Assert.Equal(["Turn /plan clear", "text Plan cleared.", "TurnEnd"], (await harness.RunAsync("/plan clear")).AllEvents);
        Assert.False(File.Exists(file));
        Assert.Equal(["Plan cleared."], (await harness.RunAsync("/plan clear")).Texts);

        Assert.Equal(["Turn /plan", "text Plan mode OFF. All tools are now available.", "Status plan=False", "TurnEnd"], (await harness.RunAsync("/plan")).AllEvents);
        Assert.False(harness.State().GetProperty("plan_mode").GetBoolean());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, harness.State().GetProperty("plan_slug").ValueKind);
        Assert.Equal(["Plan mode OFF. All tools are now available."], (await harness.RunAsync("/plan off")).Texts);

        RecordedRun toggled = await harness.RunAsync("/plan whatever");
        string second = harness.State().GetProperty("plan_slug").GetString()!;
        Assert.Equal(
            [$"Plan mode ON. Write your plan to: {Path.Join(harness.Home, ".kimi", "plans", second + ".md")}\nUse ExitPlanMode when done, or /plan off to exit manually."],
            toggled.Texts);
        Assert.Empty(harness.Context());
    }

    [Fact]
    public async Task Clear_rotates_and_reports_an_empty_context()
    {
        await using SessionHarness harness = new("text: One.\nusage: input_other=10 output=5", "text: Two.");
        await harness.RunAsync("first");
        RecordedRun run = await harness.RunAsync("/clear");
        Assert.Equal(["Turn /clear", "text The context has been cleared.", "Status 0", "TurnEnd"], run.AllEvents);
        Assert.Equal(
            """{"context_usage":0.0,"context_tokens":0,"max_context_tokens":100000,"token_usage":null,"message_id":null,"plan_mode":null,"mcp_status":null}""",
            Assert.Single(run.Statuses));
        Assert.Equal(["c0", "u:first", "c1", "=10", "a:One.", "=15"], harness.Context("context_1.jsonl"));
        Assert.Empty(harness.Context());
        Assert.StartsWith("{\"role\": \"_system_prompt\"", File.ReadAllText(Path.Join(harness.Session.Directory, "context.jsonl")), StringComparison.Ordinal);
        Assert.Equal("first", harness.Session.Title);

        Assert.Equal(["The context has been cleared."], (await harness.RunAsync("/reset")).Texts);
        await harness.RunAsync("second");
        Assert.Equal(["c0", "u:second", "c1", "a:Two."], harness.Context());
    }

    [Fact]
    public async Task Skills_send_their_whole_text_without_a_turn_of_their_own()
    {
        await using SessionHarness harness = new("text: tidied", "text: again");
        harness.Options.SkillsDirectories = [harness.At("skills")];
        string file = harness.Write("skills/tidy/SKILL.md", "---\nname: tidy\ndescription: Tidy a file\n---\nTidy the file.\n");
        RecordedRun run = await harness.RunAsync("/skill:tidy  main.c ");
        Assert.Equal(["Turn /skill:tidy  main.c ", "Step 1", "text tidied", "TurnEnd"], run.Events);
        Assert.Equal(
            ["c0", "u:---\nname: tidy\ndescription: Tidy a file\n---\nTidy the file.\n\nUser request:\nmain.c", "c1", "a:tidied"],
            harness.Context());
        Assert.Null(harness.Session.Title);

        File.Delete(file);
        Assert.Equal(["Failed to load skill \"/skill:tidy\"."], (await harness.RunAsync("/skill:tidy")).Texts);
        Assert.Equal(["Unknown slash command \"/skill:none\"."], (await harness.RunAsync("/skill:none")).Texts);
    }

    [Fact]
    public async Task Init_runs_a_turn_on_a_conversation_that_is_thrown_away()
    {
        await using SessionHarness harness = new("text: hello", $"text: exploring\n{SessionHarness.ToolCall("c", "Note")}", "text: written", "text: thanks");
        harness.Options.Tools = [new Tools.FunctionTool("Note", (_, _) =>
        {
            harness.Write("work/AGENTS.md", "Build with make.\n");
            return Task.FromResult(ToolReturnValue.Ok("ok"));
        })];
        await harness.RunAsync("hi");
        string[] before = harness.Context();
        RecordedRun run = await harness.RunAsync("/init");

        Assert.Equal("Turn /init", run.Events[0]);
        Assert.StartsWith("Turn ", run.Events[1], StringComparison.Ordinal);
        Assert.Contains("AGENTS.md", run.Events[1], StringComparison.Ordinal);
        Assert.Equal(["Step 1", "text exploring", "call c", "result c", "Step 2", "text written", "TurnEnd", "TurnEnd"], run.Events[2..]);
        string[] context = harness.Context();
        Assert.Equal(before, context[..^1]);
        Assert.StartsWith("u:<system>", context[^1], StringComparison.Ordinal);
        Assert.Contains("/init", context[^1], StringComparison.Ordinal);
        Assert.EndsWith($"\n<!-- From: {Path.Join(harness.Work, "AGENTS.md")} -->\nBuild with make.</system>", context[^1], StringComparison.Ordinal);
        Assert.Contains(File.ReadAllLines(Path.Join(harness.Session.Directory, "wire.jsonl")), static line => line.Contains("exploring", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Join(harness.Session.Directory, "context_1.jsonl")));

        await harness.RunAsync("ok?");
        Assert.Equal(["c2", "u:ok?", "c3", "a:thanks"], harness.Context()[context.Length..]);
    }

    [Fact]
    public async Task Init_in_a_new_session_leaves_no_title()
    {
        await using SessionHarness harness = new("text: written");
        await harness.RunAsync("/init");
        Assert.Null(harness.Session.Title);
        Assert.Equal(default, harness.State());
        Assert.EndsWith("\n</system>", Assert.Single(harness.Context()), StringComparison.Ordinal);
    }

    [Fact]
    public void Prompts_are_embedded()
    {
        Assert.Contains("AGENTS.md", EmbeddedText.Read("Turns/Commands/Prompts/init.md"), StringComparison.Ordinal);
        Assert.NotEqual("", EmbeddedText.Read("Turns/Injections/Prompts/afk-off.md").Trim());
    }
}
