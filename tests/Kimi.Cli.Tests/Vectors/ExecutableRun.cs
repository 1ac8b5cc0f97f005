using System.Text.Json.Nodes;
using Kimi.Cli.Tests.Harness;
using Kimi.Engine.Sessions;
using Kimi.Testing;
using Kimi.Testing.Vectors;

namespace Kimi.Cli.Tests.Vectors;

/// <summary>A recorded exchange played by the real executable over real HTTP, with real waits.</summary>
internal sealed class ExecutableRun : IAsyncDisposable
{
    private readonly Vector _vector;
    private readonly KimiFolder _folder = new();

    private ExecutableRun(Vector vector, ModelServer server)
    {
        _vector = vector;
        Server = server;
        Setup = new VectorSetup(vector, server.Url, _folder.Home, _folder.Share, _folder.Work);
    }

    public ModelServer Server { get; }

    public VectorSetup Setup { get; }

    /// <summary>What the process left behind.</summary>
    public KimiResult Result { get; private set; } = new(-1, "", "");

    /// <summary>Events as [type, payload], requests with the prefix <c>request:</c>, answers of prompts as <c>response</c>.</summary>
    public List<JsonNode> Events { get; } = [];

    /// <summary>Lines that the run added to the conversation file, without checkpoints, system prompt and user messages.</summary>
    public IReadOnlyList<string> Context { get; private set; } = [];

    public static async Task<ExecutableRun> PlayAsync(Vector vector)
    {
        ExecutableRun run = new(vector, await ModelServer.StartAsync());
        try
        {
            run.Server.Answer([.. vector.Answers()]);
            await run.PlayAsync();
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task PlayAsync()
    {
        foreach (KeyValuePair<string, string> variable in Setup.Environment)
        {
            _folder.Environment[variable.Key] = variable.Value;
        }

        string sessions = Path.Combine(_folder.Share, "sessions", WorkDirectories.FolderName(_folder.Work, WorkDirectories.LocalHost));
        List<string> arguments = ["--config-file", _folder.Write("config.json", Setup.Configuration().ToJsonString()), "--agent-file", Setup.WriteFiles(sessions), .. Setup.Arguments];
        if (Setup.SessionId is string id)
        {
            arguments.AddRange(["--session", id]);
        }

        // A start that fails reads no input; it is recorded from the wire, but ends in every mode alike.
        if (_vector.IsPrintMode || _vector.Expected["exit"] is not null || _vector.Expected["stdout"] is not null)
        {
            string prompt = Setup.Turns[0].GetValue<string>();
            string[] format = _vector.Setup["output_format"] is JsonNode output ? ["--output-format", output.GetValue<string>()] : [];
            Result = await _folder.RunAsync(["--print", "-p", prompt, .. format, .. arguments]);
            return;
        }

        using KimiProcess process = _folder.Start(["--wire", "--yolo", .. arguments]);
        await PlayWireAsync(process);
        process.CloseInput();
        Result = await process.EndAsync();
        string? file = Directory.Exists(sessions) ? Directory.EnumerateFiles(sessions, "context.jsonl", SearchOption.AllDirectories).FirstOrDefault() : null;
        int stored = (_vector.Setup["stored_context"] as JsonArray)?.Count ?? 0;
        Context = file is null ? [] : [.. (await File.ReadAllLinesAsync(file)).Skip(stored).Where(static line =>
            !line.StartsWith("{\"role\": \"_checkpoint\"", StringComparison.Ordinal) && !line.StartsWith("{\"role\": \"_system_prompt\"", StringComparison.Ordinal) && !line.StartsWith("{\"role\":\"user\"", StringComparison.Ordinal))];
    }

    private async Task PlayWireAsync(KimiProcess process)
    {
        JsonObject parameters = new() { ["protocol_version"] = "1.10", ["external_tools"] = Setup.ExternalTools?.DeepClone() ?? new JsonArray() };
        if (Setup.Client is JsonObject client)
        {
            parameters["client"] = client.DeepClone();
        }

        await SendAsync(process, "init", "initialize", parameters);
        await UntilAnsweredAsync(process, "init");
        Events.Clear();
        for (int i = 0; i < Setup.Turns.Count; i++)
        {
            string id = $"turn-{i}";
            await SendAsync(process, id, "prompt", new JsonObject { ["user_input"] = Setup.Turns[i].DeepClone() });
            await UntilAnsweredAsync(process, id);
        }
    }

    private static Task SendAsync(KimiProcess process, string id, string method, JsonObject parameters) =>
        process.SendLineAsync(VectorText.Expand(VectorText.Write(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters })));

    private async Task UntilAnsweredAsync(KimiProcess process, string id)
    {
        while (await process.ReadLineAsync() is string line)
        {
            JsonNode message = JsonNode.Parse(line)!;
            switch (message["method"]?.GetValue<string>())
            {
                case "event" when message["params"]!["type"]!.GetValue<string>() != "TurnBegin":
                    Events.Add(new JsonArray(message["params"]!["type"]!.DeepClone(), message["params"]!["payload"]!.DeepClone()));
                    break;
                case "request":
                    Events.Add(new JsonArray("request:" + message["params"]!["type"]!.GetValue<string>(), message["params"]!["payload"]!.DeepClone()));
                    await AnswerAsync(process, message);
                    break;
                case null when message["id"]?.GetValue<string>() == id:
                    Events.Add(new JsonArray("response", (message["result"] ?? message["error"])!.DeepClone()));
                    return;
            }
        }

        throw new InvalidOperationException("The process ended before it answered.");
    }

    private Task AnswerAsync(KimiProcess process, JsonNode request)
    {
        JsonNode payload = request["params"]!["payload"]!;
        string call = payload["id"]!.GetValue<string>();
        JsonNode value = (_vector.Setup["tool_results"]?[call] ?? _vector.Setup["tool_results"]?[payload["name"]!.GetValue<string>()])?.DeepClone()
            ?? JsonNode.Parse("""{"is_error":false,"output":"tool output","message":"","display":[]}""")!;
        return process.SendLineAsync(VectorText.Expand(VectorText.Write(new JsonObject
        {
            ["jsonrpc"] = "2.0",
            ["id"] = request["id"]!.DeepClone(),
            ["result"] = new JsonObject { ["tool_call_id"] = call, ["return_value"] = value },
        })));
    }
}
