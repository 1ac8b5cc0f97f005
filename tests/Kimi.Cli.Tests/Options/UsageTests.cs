using Kimi.Cli.Options;

namespace Kimi.Cli.Tests.Options;

public sealed class UsageTests
{
    [Theory]
    [InlineData("No such option: --bogus", "--bogus")]
    [InlineData("No such option: --bogus", "--bogus=1")]
    [InlineData("No such option: -Z", "-Z")]
    [InlineData("No such option: -Z", "-yZ")]
    [InlineData("Option '--model' requires an argument.", "--model")]
    [InlineData("Option '-m' requires an argument.", "-m")]
    [InlineData("Option '--print' does not take a value.", "--print=yes")]
    [InlineData("Invalid value for '--max-steps-per-turn': 0 is not in the range x>=1.", "--max-steps-per-turn", "0")]
    [InlineData("Invalid value for '--max-retries-per-step': -2 is not in the range x>=1.", "--max-retries-per-step=-2")]
    [InlineData("Invalid value for '--max-ralph-iterations': -2 is not in the range x>=-1.", "--max-ralph-iterations", "-2")]
    [InlineData("Invalid value for '--max-steps-per-turn': 'many' is not a valid integer.", "--max-steps-per-turn", "many")]
    [InlineData("Invalid value for '--agent': 'zz' is not one of 'default', 'okabe'.", "--agent", "zz")]
    [InlineData("Invalid value for '--output-format': 'xml' is not one of 'text', 'stream-json'.", "--print", "--output-format", "xml")]
    [InlineData("Invalid value for '--config-file': File '/no/such' does not exist.", "--config-file", "/no/such")]
    [InlineData("Invalid value for '--mcp-config-file': File '/no/such' does not exist.", "--mcp-config-file", "/no/such")]
    [InlineData("Invalid value for '--agent-file': File '/no/such' does not exist.", "--agent-file", "/no/such")]
    [InlineData("Invalid value for '--work-dir' / '-w': Directory '/no/such' does not exist.", "-w", "/no/such")]
    [InlineData("Invalid value for '--add-dir': Directory '/no/such' does not exist.", "--add-dir", "/", "--add-dir", "/no/such")]
    [InlineData("Invalid value for '--skills-dir': Directory '/no/such' does not exist.", "--skills-dir", "/no/such")]
    public void The_parser_refuses(string text, params string[] arguments) =>
        Assert.Equal(text, Assert.Throws<UsageException>(() => Read(arguments)).Message);

    [Theory]
    [InlineData("--quiet: Quiet mode cannot be combined with ACP or Wire UI", "--quiet", "--wire")]
    [InlineData("--quiet: Quiet mode cannot be combined with ACP or Wire UI", "--quiet", "--acp")]
    [InlineData("--quiet: Quiet mode implies `--output-format text`", "--quiet", "--output-format", "stream-json")]
    [InlineData("--print: Cannot combine --print, --wire.", "--wire", "--print")]
    [InlineData("--print: Cannot combine --print, --acp, --wire.", "--wire", "--acp", "--print")]
    [InlineData("--acp: Cannot combine --acp, --wire.", "--wire", "--acp")]
    [InlineData("--continue: Cannot combine --continue, --session.", "-r", "x", "-C")]
    [InlineData("--config: Cannot combine --config, --config-file.", "--config-file", "FILE", "--config", "{}")]
    [InlineData("--agent: Cannot combine --agent, --agent-file.", "--agent-file", "FILE", "--agent", "default")]
    [InlineData("--prompt: Prompt cannot be empty", "--print", "-p", " \n ")]
    [InlineData("--prompt: Prompt cannot be empty", "-c", "")]
    [InlineData("--input-format: Input format is only supported for print UI", "--input-format", "text")]
    [InlineData("--output-format: Output format is only supported for print UI", "--wire", "--output-format", "text")]
    [InlineData("--final-message-only: Final-message-only output is only supported for print UI", "--final-message-only")]
    [InlineData("--session: --session without a session ID is only supported for shell UI", "--session", "--print")]
    [InlineData("--session: --session without a session ID is only supported for shell UI", "--wire", "--session=")]
    [InlineData("--session: --session without a session ID is only supported for shell UI", "--wire", "-r", "  ")]
    [InlineData("--config: Config cannot be empty", "--print", "--config", " ")]
    public void The_command_refuses(string text, params string[] arguments)
    {
        string file = typeof(UsageTests).Assembly.Location;
        string[] real = [.. arguments.Select(argument => argument == "FILE" ? file : argument)];
        Assert.Equal($"Invalid value for {text}", Assert.Throws<UsageException>(() => Read(real)).Message);
    }

    [Fact]
    public void The_checks_come_in_order()
    {
        Assert.Contains("Quiet mode", Assert.Throws<UsageException>(() => Read("--quiet", "--wire", "-C", "-r", "x", "-p", "")).Message, StringComparison.Ordinal);
        Assert.Contains("--continue", Assert.Throws<UsageException>(() => Read("-C", "-r", "x", "-p", "")).Message, StringComparison.Ordinal);
        Assert.Contains("Prompt cannot", Assert.Throws<UsageException>(() => Read("-p", "", "--input-format", "text")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_checked_in_the_order_of_the_command_line()
    {
        Assert.Contains("--agent", Assert.Throws<UsageException>(() => Read("--agent", "zz", "--max-steps-per-turn", "0")).Message, StringComparison.Ordinal);
        Assert.Contains("--max-steps", Assert.Throws<UsageException>(() => Read("--max-steps-per-turn", "0", "--agent", "zz")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_no_directory_and_the_other_way_round()
    {
        string file = typeof(UsageTests).Assembly.Location;
        string folder = Path.GetDirectoryName(file)!;
        Assert.Equal($"Invalid value for '--work-dir' / '-w': Directory '{file}' is a file.", Assert.Throws<UsageException>(() => Read("-w", file)).Message);
        Assert.Equal($"Invalid value for '--config-file': File '{folder}' is a directory.", Assert.Throws<UsageException>(() => Read("--config-file", folder)).Message);
    }

    private static KimiOptions Read(params string[] arguments)
    {
        ParsedOptions parsed = OptionParser.Parse(arguments);
        OptionParser.Check(parsed);
        return KimiOptions.From(parsed);
    }
}
