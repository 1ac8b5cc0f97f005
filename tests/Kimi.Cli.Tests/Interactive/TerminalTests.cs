using System.Diagnostics;
using System.Text.Json;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests.Interactive;

/// <summary>The executable at a real terminal.</summary>
public sealed class TerminalTests
{
    [Fact]
    public async Task Without_hooks_and_tasks_it_says_so()
    {
        using KimiFolder folder = new();
        using KimiProcess kimi = folder.StartAtTerminal("--config-file", folder.WriteScripts());
        await kimi.SendAsync("/hooks\n/task\n/task x\n/exit\n");
        KimiResult result = await kimi.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("No hooks configured. Add [[hooks]] sections to your config.toml to set up hooks.", Shown(result));
        Assert.Contains("No background tasks in this session.", Shown(result));
        Assert.Contains("Usage: \"/task\" opens the interactive task browser.", Shown(result));
    }

    [Fact]
    public async Task Hooks_are_listed_by_event()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts();
        await File.WriteAllTextAsync(config, (await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken)).Replace(
            "{\"default_model\"",
            """{"hooks":[{"event":"Stop","command":"echo a"},{"event":"PreToolUse","matcher":"Shell","command":"echo b"},{"event":"PreToolUse","command":"echo c"}],"default_model" """,
            StringComparison.Ordinal), TestContext.Current.CancellationToken);
        using KimiProcess kimi = folder.StartAtTerminal("--config-file", config);
        await kimi.SendAsync("/hooks\n/exit\n");
        string[] shown = Shown(await kimi.EndAsync());
        int first = Array.IndexOf(shown, "PreToolUse: 2 hook(s)");
        Assert.True(first >= 0, string.Join('\n', shown));
        Assert.Equal(["  Shell echo b", "  (all) echo c", "Stop: 1 hook(s)", "  (all) echo a"], shown[(first + 1)..(first + 5)]);
    }

    [Fact]
    public async Task The_result_of_a_task_reaches_the_model_while_nobody_types()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("while [ ! -f now ]; do sleep 0.05; done; echo finished"), "text: started", "text: handed over");
        using KimiProcess kimi = folder.StartAtTerminal("--yolo", "--config-file", config);
        await kimi.SendLineAsync("go");
        await kimi.ReadUntilAsync(static line => line.TrimEnd() == "started");
        await File.WriteAllTextAsync(Path.Combine(folder.Work, "now"), "", TestContext.Current.CancellationToken);
        await kimi.ReadUntilAsync(static line => line.TrimEnd() == "handed over");
        await kimi.SendAsync("/task\n1\nstop 1\n9\n\n/exit\n");
        KimiResult result = await kimi.EndAsync();
        string[] shown = Shown(result);
        Assert.Equal(0, result.ExitCode);
        Assert.Single(shown, static line => line == "  [task.completed] Background task completed: a task");
        Assert.Contains(shown, static line => System.Text.RegularExpressions.Regex.IsMatch(line, "^  1\\. bash-[0-9a-z]{8}  completed          a task$"));
        Assert.Equal(2, shown.Count(static line => line == "status: completed"));
        Assert.Equal(2, shown.Count(static line => line == "finished"));
        Assert.Contains(shown, static line => line.EndsWith("There is no such choice: a number from 1 to 1, or \"stop\" and a number.", StringComparison.Ordinal));
        string context = await File.ReadAllTextAsync(
            Directory.GetFiles(folder.Share, "context.jsonl", SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken);
        Assert.Contains("<system-reminder>Background tasks completed while you were idle.</system-reminder>", context, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_typed_before_a_question_is_no_answer_to_it()
    {
        using KimiFolder folder = new();
        string call = "tool_call: " + JsonSerializer.Serialize(new { id = "c", name = "Shell", arguments = JsonSerializer.Serialize(new { command = "touch ran" }) });
        using KimiProcess kimi = folder.StartAtTerminal("--config-file", folder.WriteScripts(call, "text: done"));
        await kimi.SendAsync("go\ny\n");
        await kimi.ReadUntilAsync(static line => line.StartsWith("? Shell: ", StringComparison.Ordinal));
        await kimi.SendLineAsync("n");
        await kimi.ReadUntilAsync(static line => line.Contains("Rejected by user", StringComparison.Ordinal));
        await kimi.SendLineAsync("/exit");
        Assert.Equal(0, (await kimi.EndAsync()).ExitCode);
        Assert.False(File.Exists(Path.Combine(folder.Work, "ran")));
    }

    [Fact]
    public async Task What_an_earlier_run_left_waits_for_the_person()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("sleep 300"), "text: started");
        using (KimiProcess first = folder.StartAtTerminal("--yolo", "--config-file", config))
        {
            await first.SendLineAsync("go");
            await first.ReadUntilAsync(static line => line.TrimEnd() == "started");
            await first.SendLineAsync("/exit");
            Assert.Equal(0, (await first.EndAsync()).ExitCode);
        }

        using KimiProcess second = folder.StartAtTerminal("--yolo", "--config-file", folder.WriteScripts("text: with it"), "-C");
        await second.ReadUntilAsync(static line => line.Contains("[task.killed] Background task stopped: a task", StringComparison.Ordinal));
        await second.SendAsync("/hooks\n");
        await second.ReadUntilAsync(static line => line.StartsWith("No hooks configured.", StringComparison.Ordinal));
        Assert.DoesNotContain(second.Seen, static line => line.Contains("with it", StringComparison.Ordinal));
        await second.SendLineAsync("and?");
        await second.ReadUntilAsync(static line => line.TrimEnd() == "with it");
        await second.SendLineAsync("/exit");
        Assert.Equal(0, (await second.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_terminal_that_is_closed_ends_the_session_and_its_tasks()
    {
        using KimiFolder folder = new();
        string config = folder.WriteScripts(Start("trap 'echo stopped > end; exit' TERM; echo began > up; sleep 300 & wait"), "text: started");
        using (Process mkfifo = Process.Start("mkfifo", [Path.Combine(folder.Work, "up"), Path.Combine(folder.Work, "end")]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using KimiProcess kimi = folder.StartAtTerminal("--yolo", "--config-file", config);
        await kimi.SendLineAsync("go");
        await kimi.ReadUntilAsync(static line => line.TrimEnd() == "started");
        Assert.Equal("began\n", await ReadPipeAsync(folder, "up"));
        Process.GetProcessById(kimi.Id).Kill();
        Assert.Equal("stopped\n", await ReadPipeAsync(folder, "end"));
    }

    // Opening a pipe waits for its writer.
    private static Task<string> ReadPipeAsync(KimiFolder folder, string name) =>
        Task.Run(() => File.ReadAllText(Path.Combine(folder.Work, name))).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    private static string[] Shown(KimiResult result) => result.Output.Replace("\r", "", StringComparison.Ordinal).Split('\n');

    private static string Start(string command) =>
        "tool_call: " + JsonSerializer.Serialize(new
        {
            id = "bg",
            name = "Shell",
            arguments = JsonSerializer.Serialize(new { command, run_in_background = true, description = "a task", timeout = 600 }),
        });
}
