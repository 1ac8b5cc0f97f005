using System.Text.Json;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests.Printing;

/// <summary>Background commands of a run without a person, with the executable as their worker.</summary>
public sealed class BackgroundTaskTests
{
    [Fact]
    public async Task The_run_waits_for_its_tasks_and_goes_on_with_their_results()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("while [ ! -f now ]; do sleep 0.05; done; echo finished"), "text: started", "text: processed");
        using KimiProcess process = folder.Start("--print", "--output-format", "stream-json", "--config-file", config, "-p", "go");
        process.CloseInput();
        await process.ReadUntilAsync(static line => line.Contains("\"content\":\"started\"", StringComparison.Ordinal)); // not the tool's own words
        await File.WriteAllTextAsync(Path.Combine(folder.Work, "now"), "", TestContext.Current.CancellationToken);
        KimiResult result = await process.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("task.completed", result.Output, StringComparison.Ordinal);
        Assert.Equal("""{"role":"assistant","content":"processed"}""", result.Lines[^1]);
        Assert.DoesNotContain("Killing", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wait_has_an_end_and_the_exit_code_says_so()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("sleep 300"), "text: started", "text: gave up");
        await File.WriteAllTextAsync(
            config,
            (await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken)).Replace("{\"default_model\"", "{\"background\":{\"print_wait_ceiling_s\":1},\"default_model\"", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        KimiResult result = await folder.RunAsync("--print", "--final-message-only", "--config-file", config, "-p", "go");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("timed out waiting for background tasks (1s), killed 1 tasks", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("gave up\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_waiting_the_end_kills_what_still_runs_and_says_so()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("sleep 300"), "text: started");
        KimiResult result = await folder.RunAsync(
            ["--print", "--input-format", "stream-json", "--output-format", "stream-json", "--config-file", config], """{"role":"user","content":"go"}""" + "\n");
        Assert.Equal(0, result.ExitCode);
        Assert.Matches("⚠  Killing 1 background tasks:\n  bash-[0-9a-z]{8}  a task\n", result.Error.ReplaceLineEndings("\n"));
    }

    private static string Start(string command) =>
        "tool_call: " + JsonSerializer.Serialize(new
        {
            id = "bg",
            name = "Shell",
            arguments = JsonSerializer.Serialize(new { command, run_in_background = true, description = "a task", timeout = 600 }),
        });
}
