using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Kimi.Cli.Tests.Harness;

/// <summary>One recorded scenario, run again with the real executable.</summary>
internal sealed class Transcript : IDisposable
{
    private static readonly string[] s_floating = ["ToolResult", "StatusUpdate", "ApprovalResponse", "ApprovalRequest", "ToolCallRequest", "QuestionRequest", "HookRequest"];

    private readonly KimiFolder _folder = new();
    private readonly JsonDocument _document;
    private readonly ExpectedText _expected;
    private readonly List<string> _differences = [];

    private Transcript(JsonDocument document, JsonElement initializeResult)
    {
        _document = document;
        _expected = new ExpectedText(initializeResult);
    }

    /// <summary>Names of all scenarios.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Examples"), "*.json").Select(static file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    /// <summary>Runs a scenario; returns what differs.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(string name)
    {
        using JsonDocument basic = Load("wire-basic");
        using JsonDocument answer = JsonDocument.Parse(basic.RootElement.GetProperty("output")[0].GetString()!);
        using Transcript transcript = new(Load(name), answer.RootElement.GetProperty("result"));
        await transcript.RunAsync();
        return transcript._differences;
    }

    public void Dispose()
    {
        _document.Dispose();
        _folder.Dispose();
    }

    private static JsonDocument Load(string name) => JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Examples", name + ".json")));

    private async Task RunAsync()
    {
        JsonElement root = _document.RootElement;
        foreach (JsonProperty file in root.GetProperty("files").EnumerateObject())
        {
            _folder.Write(Path.Combine("work", file.Name), file.Value.GetString()!);
        }

        string config = _folder.Write("config.json", Fill(root.GetProperty("config").GetRawText()));
        foreach (JsonElement run in root.TryGetProperty("runs", out JsonElement runs) ? runs.EnumerateArray().ToArray() : [root])
        {
            await RunOnceAsync(run, config);
        }

        foreach (JsonProperty file in root.GetProperty("disk").EnumerateObject())
        {
            CheckFile(file.Name, file.Value);
        }
    }

    private async Task RunOnceAsync(JsonElement run, string config)
    {
        if (run.TryGetProperty("scripts", out JsonElement scripts))
        {
            _folder.Write("scripts.json", Fill(scripts.GetRawText()));
        }

        string[] arguments = [.. run.GetProperty("args").EnumerateArray().Select(static item => item.GetString()!)];
        using KimiProcess process = _folder.Start([.. arguments, "--config-file", config, "--work-dir", _folder.Work]);
        JsonElement[] input = [.. run.GetProperty("input").EnumerateArray()];
        if (arguments.Contains("--wire"))
        {
            await new WireScript(process, _folder.Work).PlayAsync(input);
        }
        else
        {
            await process.SendAsync(string.Concat(input.Select(static line => line.GetString() + "\n")));
        }

        process.CloseInput();
        KimiResult result = await process.EndAsync();
        if (result.ExitCode != run.GetProperty("exit_code").GetInt32())
        {
            _differences.Add($"exit code {result.ExitCode}: {result.Error}");
        }

        // Every line counts, empty ones too.
        string[] lines = [.. result.Output.Split('\n')[..^1].Select(Normalise)];
        CheckCauses(lines);
        CompareLines(
            Settle(run.GetProperty("output").EnumerateArray().Select(static line => line.GetString()!)),
            Settle(lines), "output");
    }

    private void CompareLines(List<string> expected, List<string> actual, string where)
    {
        for (int i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            string? difference = i >= actual.Count ? $"missing: {expected[i]}"
                : i >= expected.Count ? $"too much: {actual[i]}"
                : _expected.Compare(expected[i], actual[i]);
            if (difference is not null)
            {
                _differences.Add($"{where}, line {i + 1}: {difference}");
            }
        }
    }

    private void CheckFile(string name, JsonElement expected)
    {
        string? path = Locate(name);
        if (expected.ValueKind == JsonValueKind.Null)
        {
            if (path is not null && File.Exists(path))
            {
                _differences.Add($"{name} should not exist");
            }

            return;
        }

        if (path is null || !File.Exists(path))
        {
            _differences.Add($"{name} is missing");
            return;
        }

        string text = Normalise(File.ReadAllText(path));
        if (expected.ValueKind == JsonValueKind.Array && name.EndsWith(".jsonl", StringComparison.Ordinal))
        {
            CompareLines(Settle(expected.EnumerateArray().Select(static line => line.GetString()!)), Settle(text.Split('\n', StringSplitOptions.RemoveEmptyEntries)), name);
        }
        else if (name.EndsWith(".json", StringComparison.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(text);
            if (_expected.Compare(expected, document.RootElement, name) is string difference)
            {
                _differences.Add(difference);
            }
        }
        else if (_expected.Compare(expected.GetString()!, text) is string difference)
        {
            _differences.Add($"{name}: {difference}");
        }
    }

    private string? Locate(string name)
    {
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string place = name[..slash];
        string rest = name[(slash + 1)..];
        if (place == "work")
        {
            return Path.Combine(_folder.Work, rest);
        }

        if (place == "share")
        {
            return Path.Combine(_folder.Share, rest);
        }

        string sessions = Path.Combine(_folder.Share, "sessions", Md5(_folder.Work));
        string? session = place == "session"
            ? Directory.GetDirectories(sessions).SingleOrDefault(static directory => Guid.TryParse(Path.GetFileName(directory), out _))
            : Path.Combine(sessions, place["session:".Length..]);
        if (session is null)
        {
            return null;
        }

        if (rest.StartsWith("subagents/<agent_id>/", StringComparison.Ordinal))
        {
            string? agent = Directory.Exists(Path.Combine(session, "subagents")) ? Directory.GetDirectories(Path.Combine(session, "subagents")).SingleOrDefault() : null;
            return agent is null ? null : Path.Combine(agent, rest["subagents/<agent_id>/".Length..]);
        }

        return Path.Combine(session, rest);
    }

    /// <summary>Puts real paths into a recorded text.</summary>
    private string Fill(string text) => text
        .Replace("<work_dir>", Slashes(_folder.Work), StringComparison.Ordinal)
        .Replace("<home>", Slashes(_folder.Home), StringComparison.Ordinal)
        .Replace("<dir>", Slashes(_folder.Root), StringComparison.Ordinal);

    private static string Slashes(string path) => path.Replace('\\', '/');

    private string Normalise(string text) => text
        .Replace(_folder.Work, "<work_dir>", StringComparison.Ordinal)
        .Replace(_folder.Home, "<home>", StringComparison.Ordinal)
        .Replace(_folder.Root, "<dir>", StringComparison.Ordinal)
        .Replace(Md5(_folder.Work), "<md5>", StringComparison.Ordinal);

#pragma warning disable CA5351 // the layout of the share directory asks for it
    private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    /// <summary>
    /// Brings what may come in another order within a step into one order: results, requests and states stand at the end of
    /// their step, in an order of their own. Of two of one kind, that of the smaller call id comes first.
    /// </summary>
    private static List<string> Settle(IEnumerable<string> single)
    {
        List<string> lines = Blocks(single);
        List<string> settled = [];
        List<(string Key, string Line)> floating = [];
        foreach (string line in lines)
        {
            string? type = TypeOf(line, out string call);
            if (type is not null && s_floating.Contains(type))
            {
                floating.Add(($"{Array.IndexOf(s_floating, type)}|{call}", line));
                continue;
            }

            if (type is null or "StepBegin" or "TurnEnd" or "TurnBegin" or "SteerInput")
            {
                Flush();
            }

            settled.Add(line);
        }

        Flush();
        return settled;

        void Flush()
        {
            settled.AddRange(floating.OrderBy(static item => item.Key, StringComparer.Ordinal).Select(static item => item.Line));
            floating.Clear();
        }
    }

    /// <summary>What the order within a step must keep, whatever else it leaves open: a call, then the questions about it, then its result.</summary>
    private void CheckCauses(string[] lines)
    {
        HashSet<string> called = [];
        HashSet<string> finished = [];
        HashSet<string> open = [];
        foreach (string line in lines.Where(static line => line.StartsWith("{\"jsonrpc\"", StringComparison.Ordinal)))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            if (!document.RootElement.TryGetProperty("params", out JsonElement parameters))
            {
                continue;
            }

            JsonElement payload = parameters.GetProperty("payload");
            string Id(string name) => payload.GetProperty(name).GetString()!;
            bool sound = parameters.GetProperty("type").GetString() switch
            {
                "ToolCall" => called.Add(Id("id")),
                "ToolResult" => called.Contains(Id("tool_call_id")) && finished.Add(Id("tool_call_id")),
                "ToolCallRequest" => called.Contains(Id("id")) && !finished.Contains(Id("id")),
                "QuestionRequest" => called.Contains(Id("tool_call_id")) && !finished.Contains(Id("tool_call_id")),
                "ApprovalRequest" => !finished.Contains(Id("tool_call_id")) && open.Add(Id("id")), // a subagent's call may be shown later
                "ApprovalResponse" => open.Remove(Id("request_id")),
                _ => true,
            };
            if (!sound)
            {
                _differences.Add($"out of order: {line}");
            }
        }

        _differences.AddRange(open.Select(static id => $"the approval {id} was never settled"));
    }

    /// <summary>Joins the lines of one value in debug form.</summary>
    private static List<string> Blocks(IEnumerable<string> lines)
    {
        List<string> blocks = [];
        bool open = false;
        foreach (string line in lines)
        {
            if (open)
            {
                blocks[^1] += "\n" + line;
                open = line != ")";
            }
            else
            {
                blocks.Add(line);
                open = line.EndsWith('(') && !line.StartsWith('{');
            }
        }

        return blocks;
    }

    private static string? TypeOf(string line, out string call)
    {
        call = "";
        if (!line.StartsWith('{'))
        {
            // the debug form of print mode
            int bracket = line.IndexOf('(', StringComparison.Ordinal);
            return bracket > 0 ? line[..bracket] : null;
        }

        using JsonDocument document = JsonDocument.Parse(line);
        if (!document.RootElement.TryGetProperty("params", out JsonElement parameters) && !document.RootElement.TryGetProperty("message", out parameters))
        {
            return null;
        }

        if (!parameters.TryGetProperty("payload", out JsonElement payload))
        {
            return null;
        }

        call = payload.TryGetProperty("tool_call_id", out JsonElement id) ? id.GetString()! : "";
        return parameters.GetProperty("type").GetString();
    }
}
