using System.Text;
using System.Text.Json;
using Kimi.Cli.Tests.Harness;
using Kimi.Testing;

namespace Kimi.Cli.Tests.Serving;

public sealed class WireServerTests : IDisposable
{
    private const string Sleep = "tool_call: {\"id\": \"s\", \"name\": \"Shell\", \"arguments\": \"{\\\"command\\\": \\\"sleep 60\\\"}\"}";

    private readonly KimiFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bad_lines_get_their_errors_and_calls_without_an_id_no_answer()
    {
        using KimiProcess process = Start([]);
        await process.SendAsync(
            "\n   \r\n\ufeff{}\n[]\n{\"id\":1,\"method\":\"cancel\"}\n{\"method\":\"cancel\"}\n{\"method\":\"bogus\"}\n{\"id\":null,\"method\":\"prompt\"}\n{}\n{\"id\":\"r\"}\n"
            + "{\"id\":\"r\",\"result\":{}}\n{\"id\":\"a\",\"method\":\"bogus\"}\r\n  {\"id\":\"b\",\"method\":\"steer\",\"params\":{\"user_input\":[{\"type\":\"hologram\"}]}}  \n"
            + "{\"id\":\"c\",\"method\":\"steer\",\"params\":{\"user_input\":\"x\"}}\n{\"id\":\"d\",\"method\":\"replay\",\"params\":[1]}\n");
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"d\"", StringComparison.Ordinal));
        process.CloseInput();
        KimiResult result = await process.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
        [
            Error("null", -32700, "Invalid JSON format"), Error("null", -32700, "Invalid JSON format"), Error("null", -32700, "Invalid JSON format"),
            Error("null", -32600, "Invalid request"), Error("null", -32600, "Invalid request"),
            Error("\"a\"", -32601, "Unexpected method received: bogus"), Error("\"b\"", -32602, "Invalid parameters for method `steer`"),
            Error("\"c\"", -32000, "No agent turn is in progress"),
            "{\"jsonrpc\":\"2.0\",\"id\":\"d\",\"result\":{\"status\":\"finished\",\"events\":0,\"requests\":0}}",
        ], result.Lines);
    }

    [Fact]
    public async Task Names_with_half_a_character_are_no_end_of_the_process()
    {
        using KimiProcess process = Start([]);
        await process.SendLineAsync("{\"\\ud800\":1,\"id\":\"a\",\"method\":\"cancel\"}");
        Assert.Equal(Error("\"a\"", -32000, "No agent turn is in progress"), await process.ReadLineAsync());
        await process.SendLineAsync(Call("b", "initialize", "{\"\\udfff\":0,\"protocol_version\":\"1\",\"client\":{\"\\ud83d\":1,\"name\":\"\\ud83d\\ude00\\ud83d\"}}"));
        Assert.Contains("\"id\":\"b\",\"result\"", await process.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_asked_before_the_end_of_input_is_answered()
    {
        KimiResult result = await _folder.RunAsync(["--wire", "--config-file", _folder.WriteScripts()], Call("i", "initialize", "{\"protocol_version\":\"1.10\"}") + "\n");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("\"protocol_version\":\"1.10\"", Assert.Single(result.Lines), StringComparison.Ordinal);
        Assert.DoesNotContain("To resume", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_a_client_in_a_turn_is_silent(bool bySignal)
    {
        using KimiProcess process = Start(["--yolo"], Sleep);
        await process.SendLineAsync(Prompt("p", "wait"));
        await process.ReadUntilAsync(static line => line.Contains("StatusUpdate", StringComparison.Ordinal));
        int seen = process.Seen.Count;
        if (bySignal)
        {
            process.Interrupt();
        }
        else
        {
            process.CloseInput();
        }

        KimiResult result = await process.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(seen, result.Lines.Length);
        Assert.Contains("To resume this session: kimi -r ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_end_of_a_client_settles_is_no_part_of_the_conversation(bool bySignal)
    {
        using KimiProcess process = Start([], Sleep);
        await process.SendLineAsync(Prompt("p", "wait"));
        await process.ReadUntilAsync(static line => line.Contains("ApprovalRequest", StringComparison.Ordinal));
        if (bySignal)
        {
            process.Interrupt();
        }
        else
        {
            process.CloseInput();
        }

        Assert.Equal(0, (await process.EndAsync()).ExitCode);
        string context = await File.ReadAllTextAsync(Directory.GetFiles(_folder.Share, "context.jsonl", SearchOption.AllDirectories).Single(), TestContext.Current.CancellationToken);
        Assert.EndsWith("{\"role\":\"user\",\"content\":\"wait\"}\n{\"role\": \"_checkpoint\", \"id\": 1}\n", context, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancelled_turn_ends_before_its_open_approvals_are_settled()
    {
        using KimiProcess process = Start([], Sleep);
        await process.SendLineAsync(Prompt("p", "wait"));
        string request = await process.ReadUntilAsync(static line => line.Contains("ApprovalRequest", StringComparison.Ordinal));
        using JsonDocument asked = JsonDocument.Parse(request);
        int before = process.Seen.Count;
        await process.SendLineAsync(Call("c", "cancel", "{}"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        string response = $"{{\"type\":\"ApprovalResponse\",\"payload\":{{\"request_id\":\"{asked.RootElement.GetProperty("id").GetString()}\",\"response\":\"reject\",\"feedback\":\"\"}}}}";
        Assert.Equal(
        [
            "{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"result\":{}}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"TurnEnd\",\"payload\":{}}}",
            $"{{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{response}}}",
            "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{\"status\":\"cancelled\"}}",
        ], process.Seen.Skip(before));
    }

    [Fact]
    public async Task Who_is_asked_to_end_leaves_no_program_behind()
    {
        const string Script = "tool_call: {\"id\": \"s\", \"name\": \"Shell\", \"arguments\": \"{\\\"command\\\": \\\"echo $$ > pid.tmp; mv pid.tmp pid; sleep 300\\\"}\"}";
        string work = Path.Combine(_folder.Root, "there");
        Directory.CreateDirectory(work);
        using KimiProcess process = Start(["--yolo", "--work-dir", work], Script);
        await process.SendLineAsync(Prompt("p", "wait"));
        string file = Path.Combine(work, "pid");
        await Eventually.HoldsAsync(() => File.Exists(file), TestContext.Current.CancellationToken);

        int child = int.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        process.Terminate();
        Assert.Equal(0, (await process.EndAsync()).ExitCode);
        Assert.False(Directory.Exists($"/proc/{child}") && !(await File.ReadAllTextAsync($"/proc/{child}/stat", TestContext.Current.CancellationToken)).Contains(") Z ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signal_ends_a_server_at_rest()
    {
        using KimiProcess process = Start([]);
        await process.SendLineAsync(Call("c", "cancel", "{}"));
        await process.ReadLineAsync();
        process.Interrupt();
        Assert.Equal(0, (await process.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_steer_right_behind_the_prompt_is_taken()
    {
        using KimiProcess process = Start(["--yolo"], "text: one", "text: two");
        await process.SendAsync(Prompt("p", "go") + "\n" + Call("s", "steer", "{\"user_input\":\"more\"}") + "\n");
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        Assert.Contains("{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"result\":{\"status\":\"steered\"}}", process.Seen);
        Assert.Contains(process.Seen, static line => line.Contains("SteerInput", StringComparison.Ordinal));
        Assert.Contains(process.Seen, static line => line.Contains("\"two\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancel_right_behind_the_prompt_cancels()
    {
        using KimiProcess process = Start(["--yolo"], Sleep);
        await process.SendAsync(Prompt("p", "go") + "\n" + Call("c", "cancel", "null") + "\n");
        string answer = await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        Assert.Equal("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{\"status\":\"cancelled\"}}", answer);
        Assert.Contains("{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"result\":{}}", process.Seen);
    }

    [Fact]
    public async Task Plan_mode_is_set_at_rest_and_recorded()
    {
        using KimiProcess process = Start([]);
        await process.SendLineAsync(Call("p", "set_plan_mode", "{\"enabled\":\"yes\"}"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        await process.SendLineAsync(Call("r", "replay", "{}"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"r\"", StringComparison.Ordinal));
        const string Status =
            "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"StatusUpdate\",\"payload\":{\"context_usage\":null,\"context_tokens\":null,\"max_context_tokens\":null,\"token_usage\":null,\"message_id\":null,\"plan_mode\":true,\"mcp_status\":null}}}";
        Assert.Equal(
            [Status, "{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"result\":{\"status\":\"ok\",\"plan_mode\":true}}", Status, "{\"jsonrpc\":\"2.0\",\"id\":\"r\",\"result\":{\"status\":\"finished\",\"events\":1,\"requests\":0}}"],
            process.Seen);
    }

    [Fact]
    public async Task A_replay_leaves_out_what_it_cannot_read()
    {
        string config = _folder.WriteScripts("text: hello");
        await _folder.RunAsync("--quiet", "-r", "old", "-p", "x", "--config-file", config);
        string log = Directory.GetFiles(_folder.Share, "wire.jsonl", SearchOption.AllDirectories).Single();
        await File.AppendAllTextAsync(
            log,
            "garbage\n{\"timestamp\":1,\"message\":{\"type\":\"FromTheFuture\",\"payload\":{}}}\n{\"timestamp\":1,\"message\":{\"type\":\"StepBegin\",\"payload\":{\"n\":\"x\"}}}\n"
            + "{\"timestamp\":1,\"message\":{\"type\":\"ApprovalRequestResolved\",\"payload\":{\"request_id\":\"q\",\"response\":\"approve\"}}}\n"
            + "{\"timestamp\":1,\"message\":{\"type\":\"QuestionRequest\",\"payload\":{\"id\":\"q1\",\"tool_call_id\":\"c\",\"questions\":[]}}}\n{\"timestamp\":1,\"mess",
            TestContext.Current.CancellationToken);
        await using (FileStream file = new(log, FileMode.Append))
        {
            file.Write([.. "\n{\"timestamp\":1,\"message\":{\"type\":\"ContentPart\",\"payload\":{\"type\":\"text\",\"text\":\"bad "u8, 0xff, .. "\"}}}\n"u8]);
        }

        using KimiProcess process = _folder.Start("--wire", "-r", "old", "--config-file", config);
        await process.SendLineAsync(Call("r", "replay", "{}"));
        string answer = await process.ReadUntilAsync(static line => line.Contains("\"id\":\"r\"", StringComparison.Ordinal));
        Assert.Contains("\"events\":7,\"requests\":1", answer, StringComparison.Ordinal);
        Assert.Contains("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"ContentPart\",\"payload\":{\"type\":\"text\",\"text\":\"bad \ufffd\"}}}", process.Seen);
        Assert.Contains("{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"ApprovalResponse\",\"payload\":{\"request_id\":\"q\",\"response\":\"approve\",\"feedback\":\"\"}}}", process.Seen);
        Assert.Contains("{\"jsonrpc\":\"2.0\",\"method\":\"request\",\"id\":\"q1\",\"params\":{\"type\":\"QuestionRequest\",\"payload\":{\"id\":\"q1\",\"tool_call_id\":\"c\",\"questions\":[]}}}", process.Seen);
    }

    [Fact]
    public async Task The_trace_of_scripts_is_a_line_of_its_own()
    {
        _folder.Environment["KIMI_SCRIPTED_ECHO_TRACE"] = "1";
        using KimiProcess process = Start([], "text: one");
        await process.SendLineAsync(Prompt("p", "go"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        Assert.Contains("SCRIPTED_ECHO TURN 1: \"text: one\"", process.Seen);
    }

    [Fact]
    public async Task A_line_of_forty_megabytes_is_one_prompt()
    {
        using KimiProcess process = Start([], "text: got it");
        byte[] text = new byte[40 << 20];
        Array.Fill(text, (byte)'x');
        byte[] before = Encoding.UTF8.GetBytes("{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"prompt\",\"params\":{\"user_input\":\"");
        await process.SendAsync((byte[])[.. before, .. text, .. "\"}}\n"u8]);
        string answer = await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal) && line.Length < 1000);
        Assert.Contains("\"status\":\"finished\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_takes_its_arguments_from_the_environment()
    {
        string other = Path.Combine(_folder.Root, "with blank");
        Directory.CreateDirectory(other);
        _folder.Environment["KIMI_WEB_WORKER_ARGS"] = $"--work-dir '{other}' --session \"my id\" -m ghost";
        using KimiProcess process = Start(["-m", "scripted", "--yolo"], "tool_call: {\"id\": \"s\", \"name\": \"Shell\", \"arguments\": \"{\\\"command\\\": \\\"pwd; echo [$KIMI_WEB_WORKER_ARGS]\\\"}\"}", "text: done");
        await process.SendLineAsync(Prompt("p", "where?"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        Assert.Contains(process.Seen, line => line.Contains($"{other}\\n[]\\n", StringComparison.Ordinal));
        process.CloseInput();
        Assert.EndsWith("kimi -r my id", (await process.EndAsync()).Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_serves_a_session_in_its_own_work_directory()
    {
        string other = Path.Combine(_folder.Root, "elsewhere");
        Directory.CreateDirectory(other);
        string config = _folder.WriteScripts("text: one");
        await _folder.RunAsync("--quiet", "-w", other, "-r", "web", "-p", "x", "--config-file", config);
        _folder.Environment["KIMI_WEB_WORKER_ARGS"] = $"--yolo --config-file '{config}'";
        _folder.WriteScripts("tool_call: {\"id\": \"s\", \"name\": \"Shell\", \"arguments\": \"{\\\"command\\\": \\\"pwd\\\"}\"}", "text: done");
        using KimiProcess process = _folder.Start("__web-worker", "web");
        await process.SendLineAsync(Prompt("p", "where?"));
        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"p\"", StringComparison.Ordinal));
        Assert.Contains(process.Seen, line => line.Contains($"{other}\\n", StringComparison.Ordinal));
        process.CloseInput();
        Assert.EndsWith("kimi -r web", (await process.EndAsync()).Error.TrimEnd(), StringComparison.Ordinal);

        KimiResult unknown = await _folder.RunAsync("__web-worker", "nobody");
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("There is no session 'nobody'", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_does_not_read_blocks_neither_memory_nor_the_end()
    {
        string flood = string.Join('\n', Enumerable.Range(0, 60_000).Select(static i => $"text: \"{new string('x', 400)}{i}\""));
        using KimiProcess process = _folder.StartUnread("--wire", "--config-file", _folder.WriteScripts(flood));
        await process.SendLineAsync(Prompt("p", "go"));
        string sessions = Path.Combine(_folder.Share, "sessions");
        await Eventually.HoldsAsync(() => Directory.Exists(sessions) && Directory.EnumerateFiles(sessions, "wire.jsonl", SearchOption.AllDirectories).Any(), TestContext.Current.CancellationToken);

        process.CloseInput();
        Assert.Equal(0, (await process.EndAsync()).ExitCode);
    }

    private KimiProcess Start(string[] arguments, params string[] scripts) => _folder.Start(["--wire", .. arguments, "--config-file", _folder.WriteScripts(scripts)]);

    private static string Call(string id, string method, string parameters) => $"{{\"jsonrpc\":\"2.0\",\"id\":\"{id}\",\"method\":\"{method}\",\"params\":{parameters}}}";

    private static string Prompt(string id, string text) => Call(id, "prompt", $"{{\"user_input\":{JsonSerializer.Serialize(text)}}}");

    private static string Error(string id, int code, string text) => $"{{\"jsonrpc\":\"2.0\",\"id\":{id},\"error\":{{\"code\":{code},\"message\":\"{text}\",\"data\":null}}}}";
}
