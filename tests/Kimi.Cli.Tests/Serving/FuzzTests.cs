using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests.Serving;

/// <summary>
/// Bad input and sudden death. Both are seeded and bounded here; <c>KIMI_TEST_FUZZ_LINES</c>, <c>KIMI_TEST_KILLS</c> and
/// <c>KIMI_TEST_SEED</c> make longer runs of them.
/// </summary>
public sealed class FuzzTests : IDisposable
{
    private const long MemoryBound = 300L << 20;

    private static readonly string[] s_methods = ["initialize", "prompt", "steer", "set_plan_mode"];
    private static readonly string[] s_badParameters =
        ["null", "[]", "7", "\"x\"", "{}", "{\"user_input\":5}", "{\"user_input\":[1]}", "{\"user_input\":[{\"type\":\"text\"}]}", "{\"protocol_version\":null}", "{\"enabled\":\"perhaps\"}"];

    private readonly KimiFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ten_thousand_bad_lines_each_get_their_answer()
    {
        Random random = new(Setting("KIMI_TEST_SEED", 20261));
        using KimiProcess process = _folder.Start("--wire", "--config-file", _folder.WriteScripts("text: alive"));
        List<string?> expected = [];
        int lines = Setting("KIMI_TEST_FUZZ_LINES", 10_000);
        Task sending = Task.Run(async () =>
        {
            for (int i = 0; i < lines; i++)
            {
                byte[] line = Make(random, i, out string? answer);
                expected.Add(answer);
                await process.SendAsync((byte[])[.. line, (byte)'\n']);
            }

            await process.SendLineAsync("{\"id\":\"last\",\"method\":\"prompt\",\"params\":{\"user_input\":\"still there?\"}}");
        }, TestContext.Current.CancellationToken);

        await process.ReadUntilAsync(static line => line.Contains("\"id\":\"last\"", StringComparison.Ordinal));
        await sending;
        Assert.InRange(process.PeakMemory, 0, MemoryBound);
        Assert.Contains(process.Seen, static line => line.Contains("\"alive\"", StringComparison.Ordinal));
        string[] answers = [.. process.Seen.Where(static line => line.Contains("\"error\":", StringComparison.Ordinal)).Select(Short)];
        Assert.Equal(expected.Where(static answer => answer is not null), answers);
        process.CloseInput();
        KimiResult result = await process.EndAsync();
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("Unhandled", result.Error, StringComparison.Ordinal);
        string id = result.Error.Trim().Split(' ')[^1];
        Assert.Equal(0, (await _folder.RunAsync("--quiet", "-r", id, "-p", "again", "--config-file", _folder.WriteScripts("text: yes"))).ExitCode);
    }

    [Fact]
    public async Task A_killed_process_loses_nothing_that_was_acknowledged()
    {
        const int Steps = 40;
        Random random = new(Setting("KIMI_TEST_SEED", 20261));
        File.WriteAllText(Path.Combine(_folder.Work, "f.txt"), "content\n");
        string[] scripts =
        [
            .. Enumerable.Range(1, Steps).Select(static n => $$"""tool_call: {"id": "t{{n}}", "name": "ReadFile", "arguments": "{\"path\": \"f.txt\", \"line_offset\": 1, \"n_lines\": {{n}}}"}"""),
            "text: end",
        ];
        string config = _folder.WriteScripts(scripts);
        int kills = Setting("KIMI_TEST_KILLS", 8);
        for (int kill = 0; kill < kills; kill++)
        {
            string session = $"killed-{kill}";
            int seen = await RunAndKillAsync(session, config, random.Next(3, Steps * 5));
            string context = Directory.GetFiles(_folder.Share, "context.jsonl", SearchOption.AllDirectories).Single(file => file.Contains(session, StringComparison.Ordinal));
            string[] lines = await File.ReadAllLinesAsync(context, TestContext.Current.CancellationToken);
            for (int step = 1; step < seen; step++)
            {
                Assert.Contains(lines, line => line.Contains($"\"tool_call_id\":\"t{step}\"", StringComparison.Ordinal));
            }

            Assert.Contains(lines, static line => line.Contains("\"content\":\"go\"", StringComparison.Ordinal));
            KimiResult again = await _folder.RunAsync("--quiet", "-r", session, "-p", "and now?", "--config-file", _folder.Write("one.json", ConfigOf(_folder.Write("one-script.json", "[\"text: here\"]"))));
            Assert.Equal((0, "here\n"), (again.ExitCode, again.Output));
        }
    }

    /// <summary>Runs a turn, kills the process after some lines; returns the last step that had begun.</summary>
    private async Task<int> RunAndKillAsync(string session, string config, int afterLines)
    {
        using KimiProcess process = _folder.Start("--wire", "--yolo", "-r", session, "--config-file", config);
        await process.SendLineAsync("{\"id\":\"p\",\"method\":\"prompt\",\"params\":{\"user_input\":\"go\"}}");
        int step = 0;
        for (int i = 0; i < afterLines && await process.ReadLineAsync() is string line; i++)
        {
            const string Mark = "\"type\":\"StepBegin\",\"payload\":{\"n\":";
            int at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                step = int.Parse(line.AsSpan(at + Mark.Length).TrimEnd('}'), CultureInfo.InvariantCulture);
            }

            if (line.Contains("\"id\":\"p\"", StringComparison.Ordinal))
            {
                break;
            }
        }

        process.Kill();
        await process.EndAsync();
        return step;
    }

    /// <summary>Makes a line and the answer it must get: <c>id code</c>, or none.</summary>
    private static byte[] Make(Random random, int number, out string? answer)
    {
        string id = $"f{number}";
        string call = $$$"""{"jsonrpc":"2.0","id":"{{{id}}}","method":"cancel","params":{"a":[1,{"b":"ü"}]}}""";
        switch (random.Next(14))
        {
            case 0:
                byte[] noise = new byte[random.Next(1, 200)];
                random.NextBytes(noise);
                answer = "null -32700";
                return [(byte)'x', .. noise.Where(static value => value != (byte)'\n')];
            case 1:
                answer = "null -32700";
                return Encoding.UTF8.GetBytes(call[..random.Next(1, call.Length - 1)]);
            case 2:
                answer = "null -32600";
                return Encoding.UTF8.GetBytes(random.Next(4) switch { 0 => "[1,2]", 1 => "null", 2 => "17", _ => "\"text\"" });
            case 3:
                answer = "null -32600";
                return Encoding.UTF8.GetBytes(call.Replace("\"2.0\"", random.Next(2) == 0 ? "\"1.0\"" : "2", StringComparison.Ordinal));
            case 4:
                answer = "null -32600";
                return Encoding.UTF8.GetBytes(call.Replace($"\"{id}\"", random.Next(2) == 0 ? "12" : "[\"x\"]", StringComparison.Ordinal));
            case 5:
                answer = $"{id} -32601";
                return Encoding.UTF8.GetBytes(call.Replace("cancel", $"method{random.Next(9)}", StringComparison.Ordinal));
            case 6:
                answer = $"{id} -32602";
                return Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","method":"{{s_methods[random.Next(s_methods.Length)]}}","params":{{s_badParameters[random.Next(s_badParameters.Length)]}}}""");
            case 7:
                answer = null;
                return Encoding.UTF8.GetBytes(call.Replace($"\"{id}\"", "null", StringComparison.Ordinal));
            case 8:
                answer = null;
                return Encoding.UTF8.GetBytes($$$"""{"id":"{{{id}}}","result":{"request_id":"{{{id}}}","response":"approve"}}""");
            case 9:
                answer = "null -32600";
                return Encoding.UTF8.GetBytes($$$"""{"id":"{{{id}}}","error":{"code":{{{random.Next()}}}}}""");
            case 10:
                answer = "null -32700";
                return Encoding.UTF8.GetBytes(new string('[', random.Next(1000, 50_000)));
            case 11 when random.Next(20) == 0:
                answer = "null -32700";
                return Encoding.UTF8.GetBytes(new string('y', random.Next(100_000, 2_000_000)));
            case 12:
                answer = $"{id} -32000";
                return Encoding.UTF8.GetBytes($$$"""  {"id":"{{{id}}}","method":"steer","params":{"user_input":"\ud800 broken pair","more":{{{number}}}}}  """);
            default:
                answer = $"{id} -32000";
                return [.. Encoding.UTF8.GetBytes(call), (byte)'\r'];
        }
    }

    private static string Short(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return $"{root.GetProperty("id").GetString() ?? "null"} {root.GetProperty("error").GetProperty("code").GetInt32()}";
    }

    private static string ConfigOf(string scripts) => JsonSerializer.Serialize(new
    {
        default_model = "m",
        models = new { m = new { provider = "p", model = "scripted_echo", max_context_size = 100000 } },
        providers = new { p = new { type = "_scripted_echo", base_url = "", api_key = "", env = new { KIMI_SCRIPTED_ECHO_SCRIPTS = scripts } } },
    });

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
