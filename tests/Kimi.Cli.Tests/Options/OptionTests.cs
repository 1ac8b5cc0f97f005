using Kimi.Cli.Options;

namespace Kimi.Cli.Tests.Options;

public sealed class OptionTests
{
    [Theory]
    [InlineData("-p", "hello")]
    [InlineData("-phello")]
    [InlineData("-c", "hello")]
    [InlineData("--prompt", "hello")]
    [InlineData("--prompt=hello")]
    [InlineData("--command", "hello")]
    [InlineData("-p", "first", "--command=hello")]
    [InlineData("-p", "  hello\n")]
    public void A_prompt_has_many_forms_and_the_last_counts(params string[] arguments) => Assert.Equal("hello", Read(arguments).Prompt);

    [Theory]
    [InlineData("@file")]
    [InlineData("--yolo")]
    [InlineData("-x")]
    [InlineData("{\"a\": 1}")]
    public void A_prompt_is_taken_as_it_is(string prompt) => Assert.Equal(prompt, Read("-p", prompt).Prompt);

    [Fact]
    public void Short_flags_combine()
    {
        KimiOptions options = Read("-yCp", "go");
        Assert.True(options.Yolo);
        Assert.True(options.Continue);
        Assert.Equal("go", options.Prompt);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true, "--thinking")]
    [InlineData(false, "--no-thinking")]
    [InlineData(false, "--thinking", "--no-thinking")]
    [InlineData(true, "--no-thinking", "--thinking")]
    public void Thinking_has_three_states(bool? expected, params string[] arguments) => Assert.Equal(expected, Read(arguments).Thinking);

    [Theory]
    [InlineData("--yolo")]
    [InlineData("-y")]
    [InlineData("--yes")]
    [InlineData("--auto-approve")]
    public void Yolo_has_four_names(string name) => Assert.True(Read(name).Yolo);

    [Theory]
    [InlineData(null, false)]
    [InlineData("abc", false, "--session", "abc")]
    [InlineData("abc", false, "-S", "abc")]
    [InlineData("abc", false, "-rabc")]
    [InlineData("abc", false, "--resume=abc")]
    [InlineData("-", false, "-r", "-")]
    [InlineData(null, true, "--session")]
    [InlineData(null, true, "-r", "--yolo")]
    [InlineData(null, true, "--resume", " ")]
    public void The_value_of_session_is_optional(string? id, bool picks, params string[] arguments)
    {
        KimiOptions options = Read(arguments);
        Assert.Equal(id, options.SessionId);
        Assert.Equal(picks, options.PickSession);
    }

    [Fact]
    public void Repeatable_options_keep_every_value_and_others_the_last()
    {
        KimiOptions options = Read("--mcp-config", "{}", "--model", "a", "--mcp-config", "{\"x\":1}", "-m", "b");
        Assert.Equal(["{}", "{\"x\":1}"], options.McpConfigs);
        Assert.Equal("b", options.Model);
    }

    [Theory]
    [InlineData(UiMode.Shell)]
    [InlineData(UiMode.Print, "--print")]
    [InlineData(UiMode.Print, "--quiet")]
    [InlineData(UiMode.Wire, "--wire")]
    internal void The_flags_choose_the_face(UiMode mode, params string[] arguments) => Assert.Equal(mode, Read(arguments).Mode);

    [Fact]
    public void Quiet_prints_the_final_message_as_text()
    {
        KimiOptions options = Read("--quiet");
        Assert.True(options.FinalMessageOnly);
        Assert.False(options.StreamJsonOutput);
    }

    [Fact]
    public void Options_end_at_a_command() =>
        Assert.Equal(["mcp", "add", "--transport", "http"], OptionParser.Parse(["--debug", "mcp", "add", "--transport", "http"]).Rest);

    [Theory]
    [InlineData("a b  c", "a", "b", "c")]
    [InlineData("--work-dir '/a b/c' -r \"x y\"", "--work-dir", "/a b/c", "-r", "x y")]
    [InlineData("a\\ b \"q\\\"r\" '' x'y'z", "a b", "q\"r", "", "xyz")]
    [InlineData("  ")]
    public void Worker_arguments_are_shell_words(string text, params string[] words) => Assert.Equal(words, WorkerArguments.Split(text));

    [Fact]
    public void Worker_arguments_yield_to_the_command_line()
    {
        ParsedOptions options = OptionParser.Parse(["--wire", "-m", "mine", "--continue"]);
        WorkerArguments.AddTo(options, "--model other --session 'a b' --yolo --mcp-config '{}' --print --version");
        KimiOptions read = KimiOptions.From(options);
        Assert.Equal("mine", read.Model);
        Assert.Null(read.SessionId);
        Assert.True(read.Yolo);
        Assert.Equal(["{}"], read.McpConfigs);
        Assert.Equal(UiMode.Wire, read.Mode);
    }

    [Theory]
    [InlineData(true, true, "--wire")]
    [InlineData(true, false, "--work-dir", ".", "--session", "s")]
    [InlineData(false, true, "--work-dir", ".", "--session", "s")]
    [InlineData(false, false, "--print")]
    [InlineData(false, false, "--quiet")]
    [InlineData(false, false, "-p", "hi")]
    public void Worker_arguments_count_for_what_can_be_a_worker(bool count, bool hasTerminal, params string[] arguments) =>
        Assert.Equal(count, WorkerArguments.CountFor(OptionParser.Parse(arguments), hasTerminal));

    [Fact]
    public void Worker_arguments_make_a_wire_server()
    {
        ParsedOptions options = OptionParser.Parse(["--work-dir", ".", "--session", "s"]);
        WorkerArguments.AddTo(options, "--yolo");
        Assert.Equal(UiMode.Wire, KimiOptions.From(options).Mode);
    }

    [Theory]
    [InlineData("'open")]
    [InlineData("--bogus")]
    [InlineData("word")]
    public void Wrong_worker_arguments_are_usage_errors(string text) =>
        Assert.StartsWith("KIMI_WEB_WORKER_ARGS: ", Assert.Throws<UsageException>(() => WorkerArguments.AddTo(OptionParser.Parse(["--wire"]), text)).Message, StringComparison.Ordinal);

    private static KimiOptions Read(params string[] arguments)
    {
        ParsedOptions parsed = OptionParser.Parse(arguments);
        OptionParser.Check(parsed);
        return KimiOptions.From(parsed);
    }
}
