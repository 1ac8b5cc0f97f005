using System.Text.Json;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests.Options;

public sealed class CommandLineTests : IDisposable
{
    private readonly KimiFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--version")]
    [InlineData("-V")]
    [InlineData("--debug", "--version")]
    public async Task The_version_is_kimi_clis(params string[] arguments)
    {
        KimiResult result = await _folder.RunAsync(arguments);
        Assert.Equal((0, "kimi, version 1.49.0\n", ""), (result.ExitCode, result.Output, result.Error));
        Assert.False(Directory.Exists(_folder.Share));
    }

    [Fact]
    public async Task Help_names_every_option_and_command()
    {
        KimiResult result = await _folder.RunAsync("-h");
        Assert.Equal(0, result.ExitCode);
        foreach (string name in Cli.Options.OptionSpec.All.SelectMany(static option => option.Names))
        {
            Assert.Contains(name, result.Output, StringComparison.Ordinal);
        }

        Assert.Contains("info", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_usage_error_has_two_lines_before_it()
    {
        KimiResult result = await _folder.RunAsync("--quiet", "--wire");
        Assert.Equal(2, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Equal(
            ["Usage: kimi [OPTIONS] COMMAND [ARGS]...", "Try 'kimi -h' for help.", "Invalid value for --quiet: Quiet mode cannot be combined with ACP or Wire UI"],
            result.Error.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData("login")]
    [InlineData("logout")]
    [InlineData("web")]
    [InlineData("vis")]
    [InlineData("term")]
    [InlineData("acp")]
    [InlineData("foo")]
    public async Task What_does_not_exist_is_no_command(string name)
    {
        KimiResult result = await _folder.RunAsync(name);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"No such command '{name}'.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Info_tells_the_versions()
    {
        KimiResult text = await _folder.RunAsync("info");
        Assert.Equal("kimi-cli version: 1.49.0\nagent spec versions: 1\nwire protocol: 1.10\npython version: n/a\n", text.Output.ReplaceLineEndings("\n"));
        KimiResult json = await _folder.RunAsync("info", "--json");
        using JsonDocument document = JsonDocument.Parse(json.Output);
        Assert.Equal(
            ["kimi_cli_version", "agent_spec_versions", "wire_protocol_version", "python_version"],
            document.RootElement.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("1", document.RootElement.GetProperty("agent_spec_versions")[0].GetString());
        KimiResult wrong = await _folder.RunAsync("info", "--bogus");
        Assert.Equal(2, wrong.ExitCode);
    }
}
