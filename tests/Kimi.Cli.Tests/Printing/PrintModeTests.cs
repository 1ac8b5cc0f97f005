using Kimi.Cli.Tests.Harness;
using Kimi.Testing;

namespace Kimi.Cli.Tests.Printing;

public sealed class PrintModeTests : IDisposable
{
    private const string Sleep = "tool_call: {\"id\": \"s\", \"name\": \"Shell\", \"arguments\": \"{\\\"command\\\": \\\"sleep 60\\\"}\"}";

    private readonly KimiFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_prompt_given_makes_standard_input_irrelevant()
    {
        KimiResult result = await RunAsync(["--quiet", "-p", "x"], "other", "text: answer");
        Assert.Equal((0, "answer\n"), (result.ExitCode, result.Output));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public async Task An_empty_standard_input_runs_nothing(string input)
    {
        KimiResult result = await RunAsync(["--print"], input, "text: answer");
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        Assert.DoesNotContain("To resume", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_comes_before_the_lines_of_standard_input()
    {
        KimiResult result = await RunAsync(
            ["--print", "--input-format", "stream-json", "--output-format", "stream-json", "-p", "zero"], "{\"role\":\"user\",\"content\":\"one\"}\n", "text: a", "text: b");
        Assert.Equal(["{\"role\":\"assistant\",\"content\":\"a\"}", "{\"role\":\"assistant\",\"content\":\"b\"}"], result.Lines);
    }

    [Fact]
    public async Task Lines_that_are_no_user_message_with_text_are_skipped()
    {
        const string Input =
            "\n  \nbad\n[]\n5\n{\"role\":\"assistant\",\"content\":\"x\"}\n{\"role\":\"user\",\"content\":[]}\n{\"role\":\"user\",\"content\":\"\"}\n{\"role\":\"user\",\"content\":{\"a\":1}}\n{\"role\":\"user\"}\n"
            + "{\"\\ud800\":1,\"role\":\"user\",\"content\":\"half \\udc00\"}\n{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}},{\"type\":\"text\",\"text\":\"b\"}]}\n";
        KimiResult result = await RunAsync(["--print", "--input-format", "stream-json", "--output-format", "stream-json", "-r", "lines"], Input, "text: one", "text: two");
        Assert.Equal(["{\"role\":\"assistant\",\"content\":\"one\"}", "{\"role\":\"assistant\",\"content\":\"two\"}"], result.Lines);
        string context = await File.ReadAllTextAsync(Directory.GetFiles(_folder.Share, "context.jsonl", SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken);
        Assert.Contains("{\"role\":\"user\",\"content\":\"half \ufffd\"}\n", context, StringComparison.Ordinal);
        Assert.Contains("{\"role\":\"user\",\"content\":\"a\\nb\"}\n", context, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_failing_turn_ends_a_stream()
    {
        KimiResult result = await RunAsync(
            ["--print", "--input-format", "stream-json", "--output-format", "stream-json", "--max-retries-per-step", "1"],
            "{\"role\":\"user\",\"content\":\"one\"}\n{\"role\":\"user\",\"content\":\"two\"}\n", "text: half\nerror: 503 busy", "text: b");
        Assert.Equal(75, result.ExitCode);
        Assert.Equal("busy", result.Lines[^1]);
        Assert.DoesNotContain("\"b\"", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_the_debug_form_still_shows_the_turn()
    {
        string config = _folder.Write("none.toml", "default_yolo = true\n");
        KimiResult result = await _folder.RunAsync("--print", "-p", "x", "-m", "ghost", "--config-file", config);
        Assert.Equal(["x", "TurnBegin(user_input='x')", "TurnEnd()", "LLM not set"], result.Lines);
        Assert.Equal(1, result.ExitCode);
    }

    [Fact]
    public async Task Ctrl_c_ends_the_turn_and_tells_so()
    {
        using KimiProcess process = _folder.Start("--print", "--output-format", "stream-json", "--input-format", "stream-json", "--config-file", _folder.WriteScripts("text: first", Sleep));
        await process.SendLineAsync("{\"role\":\"user\",\"content\":\"a\"}");
        await process.ReadUntilAsync(static line => line.Contains("first", StringComparison.Ordinal));
        await process.SendLineAsync("{\"role\":\"user\",\"content\":\"b\"}");
        await Eventually.HoldsAsync(() => File.ReadAllText(SessionFile("wire.jsonl")).Contains("sleep 60", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        process.Interrupt();
        KimiResult result = await process.EndAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("Interrupted by user", result.Lines[^1]);
        Assert.Contains("\"tool_calls\"", result.Lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_ends_the_wait_for_input()
    {
        using KimiProcess process = _folder.Start("--print", "--output-format", "stream-json", "--input-format", "stream-json", "--config-file", _folder.WriteScripts("text: first"));
        await process.SendLineAsync("{\"role\":\"user\",\"content\":\"a\"}");
        await process.ReadLineAsync();
        process.Interrupt();
        KimiResult result = await process.EndAsync();
        Assert.Equal((1, "Interrupted by user"), (result.ExitCode, result.Lines[^1]));
    }

    [Theory]
    [InlineData("default_model = 3", "Invalid configuration file ")]
    [InlineData("a = [", "Invalid TOML in configuration file ")]
    [InlineData("default_model = \"gone\"", "Default model gone not found in models")]
    public async Task A_bad_configuration_ends_the_start(string toml, string text)
    {
        string file = _folder.Write("bad.toml", toml);
        KimiResult result = await _folder.RunAsync("--quiet", "-p", "x", "--config-file", file);
        string[] lines = result.Error.TrimEnd().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains(text, lines[0], StringComparison.Ordinal);
        Assert.Equal($"See logs: {Path.Combine(_folder.Share, "logs", "kimi.log")}", lines[^2]);
        Assert.Equal("Run with --debug for full traceback, or run kimi export to share diagnostics.", lines[^1]);
        Assert.Contains("ERROR", await File.ReadAllTextAsync(Path.Combine(_folder.Share, "logs", "kimi.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        KimiResult debug = await _folder.RunAsync("--debug", "--quiet", "-p", "x", "--config-file", file);
        Assert.Contains("   at Kimi.", debug.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("See logs", debug.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invalid value for --config: Invalid configuration text: ", "--config", "a = [")]
    [InlineData("Invalid value for --continue: No previous session found for the working directory", "--continue")]
    [InlineData("Invalid value for --mcp-config: Invalid JSON: ", "--mcp-config", "{")]
    public async Task Some_errors_of_the_start_are_errors_of_usage(string text, params string[] arguments)
    {
        KimiResult result = await _folder.RunAsync(["--quiet", "-p", "x", .. arguments]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(text, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_variable_ends_the_start_even_without_a_model()
    {
        _folder.Environment["KIMI_MODEL_MAX_CONTEXT_SIZE"] = "much";
        Assert.Equal(1, (await _folder.RunAsync("--quiet", "-p", "x")).ExitCode);
    }

    [Fact]
    public async Task A_session_is_continued()
    {
        string config = _folder.WriteScripts("text: one");
        KimiResult first = await _folder.RunAsync("--quiet", "-p", "a", "--config-file", config);
        Assert.StartsWith("\nTo resume this session: kimi -r ", first.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        string id = first.Error.Trim().Split(' ')[^1];
        KimiResult second = await _folder.RunAsync("--quiet", "-C", "-p", "b", "--config-file", config);
        Assert.EndsWith(id, second.Error.Trim(), StringComparison.Ordinal);
        Assert.Equal(2, File.ReadAllLines(SessionFile("context.jsonl")).Count(static line => line.StartsWith("{\"role\":\"user\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Without_a_terminal_and_a_mode_one_sentence_tells_what_to_do()
    {
        KimiResult result = await _folder.RunAsync("-p", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--print", Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_nothing_configured_the_demo_model_works_and_says_so()
    {
        KimiResult result = await _folder.RunAsync("--quiet", "-p", "what is here?");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("demo model", result.Error, StringComparison.Ordinal);
        Assert.Contains("what is here?", result.Output, StringComparison.Ordinal);
    }

    private Task<KimiResult> RunAsync(string[] arguments, string input, params string[] scripts) =>
        _folder.RunAsync([.. arguments, "--config-file", _folder.WriteScripts(scripts)], input);

    private string SessionFile(string name) => Directory.GetFiles(Path.Combine(_folder.Share, "sessions"), name, SearchOption.AllDirectories).Single();
}
