using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Turns.Commands;

/// <summary><c>/add-dir</c>, <c>/export</c> and <c>/import</c>.</summary>
public sealed class WorkspaceCommandTests
{
    [Fact]
    public async Task Directories_are_checked_in_order_and_listed()
    {
        await using SessionHarness harness = new();
        await harness.OpenAsync();
        string lib = harness.At("lib");
        harness.Write("lib/deep/a.txt", "x");
        harness.Write("work/docs/b.txt", "x");
        harness.Write("file.txt", "x");
        async Task<string> Say(string argument) => Assert.Single((await harness.RunAsync($"/add-dir {argument}")).Texts);

        Assert.Equal("No additional directories. Usage: /add-dir <path>", await Say(""));
        Assert.Equal($"Directory does not exist: {harness.At("none")}", await Say(harness.At("none")));
        Assert.Equal($"Not a directory: {harness.At("file.txt")}", await Say(harness.At("file.txt")));
        Assert.Equal($"Directory is already within the working directory: {harness.At("work/docs")}", await Say("docs"));
        Assert.Equal($"Directory is already within the working directory: {harness.Work}", await Say("."));
        Assert.Empty(harness.Context());
        Assert.Equal($"Added directory to workspace: {lib}", await Say($"\"{lib}\""));
        Assert.Equal($"Directory already in workspace: {lib}", await Say("../lib/"));
        Assert.Equal($"Directory is already within an added directory `{lib}`: {harness.At("lib/deep")}", await Say($"'{harness.At("lib/deep")}'"));
        Assert.Equal($"Additional directories:\n  - {lib}", await Say(""));

        Assert.Equal(lib, Assert.Single(harness.State().GetProperty("additional_dirs").EnumerateArray()).GetString());
        string note = Assert.Single(harness.Context());
        Assert.StartsWith($"u:<system>The user has added an additional directory to the workspace: `{lib}`", note, StringComparison.Ordinal);
        Assert.Contains("```\n└── deep/\n    └── a.txt\n```", note, StringComparison.Ordinal);
        Assert.EndsWith("</system>", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_writes_to_the_default_name_a_named_file_or_a_directory()
    {
        await using SessionHarness harness = new("text: Hi.\nusage: input_other=1200 output=34");
        Assert.Equal(["No messages to export."], (await harness.RunAsync("/export")).Texts);
        await harness.RunAsync("hello");
        string id = harness.Session.Id[..8];

        string[] texts = (await harness.RunAsync("/export")).Texts;
        string file = Assert.Single(Directory.GetFiles(harness.Work));
        Assert.Matches($"^kimi-export-{id}-[0-9]{{8}}-[0-9]{{6}}\\.md$", Path.GetFileName(file));
        Assert.Equal(
            [$"Exported 2 messages to {file}", "  Note: The exported file may contain sensitive information. Please be cautious when sharing it externally."],
            texts);
        string text = File.ReadAllText(file);
        Assert.StartsWith($"---\nsession_id: {harness.Session.Id}\nexported_at: ", text, StringComparison.Ordinal);
        Assert.Contains($"\nwork_dir: {harness.Work}\nmessage_count: 2\ntoken_count: 1234\n---\n\n# Kimi Session Export\n", text, StringComparison.Ordinal);
        Assert.Contains("- **Conversation**: 1 turns | 0 tool calls | 1,234 tokens\n", text, StringComparison.Ordinal);

        Assert.StartsWith($"Exported 2 messages to {Path.Join(harness.Work, "out", "x.md")}", (await harness.RunAsync("/export 'out/x.md'")).Texts[0], StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Join(harness.Work, "out", "x.md")));
        await harness.RunAsync("/export out");
        Assert.Equal(2, Directory.GetFiles(Path.Join(harness.Work, "out")).Length);
        await harness.RunAsync("/export new/");
        Assert.Single(Directory.GetFiles(Path.Join(harness.Work, "new"), "kimi-export-*.md"));
        Assert.Matches($"^Exported 2 messages to ~.docs.kimi-export-{id}-.*\\.md$", (await harness.RunAsync("/export ~/docs/")).Texts[0]);

        File.WriteAllText(Path.Join(harness.Work, "plain"), "");
        Assert.StartsWith("Failed to write export file: ", Assert.Single((await harness.RunAsync("/export plain/x.md")).Texts), StringComparison.Ordinal);
        Assert.Equal(["c0", "u:hello", "c1", "=1200", "a:Hi.", "=1234"], harness.Context());
    }

    [Fact]
    public async Task Import_brings_a_file_into_the_context()
    {
        await using SessionHarness harness = new("text: ok");
        await harness.OpenAsync();
        harness.Write("work/notes.md", "Größe 😀 matters");
        RecordedRun run = await harness.RunAsync("/import notes.md");
        Assert.Equal(["Turn /import notes.md", "text Imported context from file 'notes.md' (15 chars).", "TurnEnd"], run.AllEvents);

        string[] lines = harness.Lines();
        string[] parts = [.. LenientJson.Parse(lines[0]).GetProperty("content").EnumerateArray().Select(static part => part.GetProperty("text").GetString()!)];
        Assert.Equal(2, parts.Length);
        Assert.StartsWith("<system>The user has imported context from file 'notes.md'.", parts[0], StringComparison.Ordinal);
        Assert.EndsWith("</system>", parts[0], StringComparison.Ordinal);
        Assert.Equal("<imported_context source=\"file 'notes.md'\">\nGröße 😀 matters\n</imported_context>", parts[1]);
        int estimate = (CodePoints.Count(parts[0]) + CodePoints.Count(parts[1])) / 4;
        Assert.Equal([$"={estimate}"], harness.Context()[1..]);
        Assert.Equal(estimate, harness.Session.ContextTokens);
        Assert.Null(harness.Session.Title);
    }

    [Theory]
    [InlineData(".env", "A=1", true)]
    [InlineData("app.env.txt", "A=1", true)]
    [InlineData("my-Credentials.json", "{}", true)]
    [InlineData("server.key", "k", true)]
    [InlineData("Makefile", "all:", false)]
    [InlineData("x.py", "pass", false)]
    public async Task Files_with_names_of_secrets_get_a_warning(string name, string text, bool warns)
    {
        await using SessionHarness harness = new();
        await harness.OpenAsync();
        harness.Write($"work/{name}", text);
        string[] texts = (await harness.RunAsync($"/import {name}")).Texts;
        Assert.Equal($"Imported context from file '{name}' ({text.Length} chars).", texts[0]);
        Assert.Equal(warns ? ["Warning: This file may contain secrets (API keys, tokens, credentials). The content is now part of your session context."] : [], texts[1..]);
    }

    [Fact]
    public async Task What_cannot_be_imported_is_said()
    {
        await using SessionHarness harness = new();
        KimiSession session = await harness.OpenAsync();
        harness.Write("work/picture.png", "x");
        harness.Write("work/blank.txt", " \n");
        File.WriteAllBytes(harness.Write("work/latin.txt", ""), [0x66, 0xFF, 0x66]);
        using (FileStream big = File.Create(harness.At("work/big.txt")))
        {
            big.SetLength((10 * 1024 * 1024) + (512 * 1024));
        }

        async Task<string> Say(string argument) => Assert.Single((await harness.RunAsync($"/import {argument}")).Texts);
        Assert.Equal("Usage: /import <file_path or session_id>", await Say(""));
        Assert.Equal("The specified path is a directory; please provide a file to import.", await Say("."));
        Assert.Equal("Unsupported file type '.png'. /import only supports text-based files (e.g. .md, .txt, .json, .py, .log, …).", await Say("picture.png"));
        Assert.Equal("File is too large (10.5 MB). Maximum import size is 10 MB.", await Say("big.txt"));
        Assert.Contains("UTF-8", await Say("latin.txt"), StringComparison.Ordinal);
        Assert.Equal("The file is empty, nothing to import.", await Say("blank.txt"));
        Assert.Equal("Cannot import the current session into itself.", await Say(session.Id));
        Assert.Equal("'none.md' is not a valid file path or session ID.", await Say("none.md"));
        harness.Write($"share/sessions/outside/context.jsonl", "{\"role\":\"user\",\"content\":\"x\"}\n");
        Assert.Equal("'../outside' is not a valid file path or session ID.", await Say("../outside"));
        Assert.Empty(harness.Context());
        Assert.Equal(default, harness.State());
    }

    [Fact]
    public async Task Content_beyond_the_model_s_context_is_refused()
    {
        await using SessionHarness harness = new() { MaxContextSize = 1000 };
        await harness.OpenAsync();
        harness.Write("work/long.txt", new string('x', 4000));
        Assert.StartsWith("Imported content is too large for the current model context", Assert.Single((await harness.RunAsync("/import long.txt")).Texts), StringComparison.Ordinal);
        Assert.Empty(harness.Context());
    }

    [Fact]
    public async Task Another_session_is_imported_as_a_transcript()
    {
        await using SessionHarness harness = new($"think: hm\ntext: Let me see.\n{SessionHarness.ToolCall("c1", "Note", "{\"a\": 1}")}", "text: Done.");
        harness.Options.Tools = [new Tools.FunctionTool("Note", "noted")];
        await harness.RunAsync("first task");
        string id = harness.Session.Id;
        await harness.CloseAsync();
        await harness.OpenAsync();
        Assert.Equal($"Imported context from session '{id}' (", Assert.Single((await harness.RunAsync($"/import {id}")).Texts)[..^" chars).".Length].TrimEnd("0123456789".ToCharArray()));

        string content = LenientJson.Parse(harness.Lines()[0]).GetProperty("content")[1].GetProperty("text").GetString()!;
        Assert.Equal(
            $"<imported_context source=\"session '{id}'\">\n[USER]\nfirst task\n\n[ASSISTANT]\n<thinking>\nhm\n</thinking>\nLet me see.\nTool Call: Note({{\"a\": 1}})\n\n"
            + "[TOOL] (call_id: c1)\nnoted\n\n[ASSISTANT]\nDone.\n</imported_context>",
            content);

        Directory.CreateDirectory(Path.Join(Path.GetDirectoryName(harness.Session.Directory), "hollow"));
        File.WriteAllText(Path.Join(Path.GetDirectoryName(harness.Session.Directory), "hollow", "context.jsonl"), "{\"role\": \"_checkpoint\", \"id\": 0}\n");
        Assert.Equal(["The source session has no messages."], (await harness.RunAsync("/import hollow")).Texts);
    }
}
