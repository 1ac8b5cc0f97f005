using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Sessions;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Vectors;

/// <summary>A vector played through a whole session over real HTTP; waits take no time.</summary>
internal sealed class VectorRun : IAsyncDisposable
{
    private readonly Vector _vector;
    private readonly TestDirectories _directories = new();

    private VectorRun(Vector vector, ModelServer server)
    {
        _vector = vector;
        Server = server;
    }

    public ModelServer Server { get; }

    public ManualTimeProvider Time { get; } = new(DateTimeOffset.UtcNow) { IsImmediate = true, ImmediateUpTo = TimeSpan.FromSeconds(61) };

    /// <summary>Outcome of each turn, as the wire server would answer it.</summary>
    public List<JsonObject> Outcomes { get; } = [];

    /// <summary>What print mode would end with.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Events as [type, payload], requests with the prefix <c>request:</c>.</summary>
    public List<JsonNode> Events { get; } = [];

    /// <summary>Lines of the conversation file that this run added, without checkpoints.</summary>
    public IReadOnlyList<string> Context { get; private set; } = [];

    public static async Task<VectorRun> PlayAsync(Vector vector, CancellationToken cancellationToken)
    {
        VectorRun run = new(vector, await ModelServer.StartAsync());
        try
        {
            run.Server.Answer([.. vector.Answers()]);
            await run.PlayAsync(cancellationToken);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>A recorded text as this run would give it.</summary>
    public string Localise(string recorded) => VectorText.Expand(recorded)
        .Replace("<port>", new Uri(Server.Url).Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("<work_dir>", _directories.Work, StringComparison.Ordinal)
        .Replace("<home>", _directories.Home, StringComparison.Ordinal);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directories.Dispose();
    }

    private async Task PlayAsync(CancellationToken cancellationToken)
    {
        KimiSessionOptions options = Options();
        int before = StoreContext(options);
        if (_vector.Name is "kimi/oauth-401-stored-token" or "kimi/oauth-401-print")
        {
            _directories.WriteShare("credentials/kimi-code.json", """{"access_token":"<stored access token>","token_type":"Bearer"}""");
        }

        KimiSession session;
        try
        {
            session = await KimiSession.OpenAsync(options, cancellationToken);
        }
        catch (KimiStartupException e)
        {
            Outcomes.Add(new JsonObject { ["startup"] = e.Message });
            return;
        }

        await using (session)
        {
            if (!_vector.IsPrintMode && _vector.Name != "custom-user-agent-no-initialize")
            {
                Initialize(session);
            }

            foreach (JsonNode turn in Turns())
            {
                await PlayTurnAsync(session, turn, cancellationToken);
            }

            string file = Path.Combine(session.Directory, "context.jsonl");
            Context = File.Exists(file)
                ? [.. File.ReadLines(file).Skip(before).Where(static line => !line.StartsWith("{\"role\": \"_checkpoint\"", StringComparison.Ordinal) && !line.StartsWith("{\"role\": \"_system_prompt\"", StringComparison.Ordinal))]
                : [];
        }
    }

    private async Task PlayTurnAsync(KimiSession session, JsonNode turn, CancellationToken cancellationToken)
    {
        JsonNode input = (turn as JsonObject)?["params"]?["user_input"] ?? turn;
        string? steer = (turn as JsonObject)?["also_send"]?["params"]?["user_input"]?.GetValue<string>();
        using JsonDocument document = JsonDocument.Parse(VectorText.Expand(VectorText.Write(input)));
        TurnOutcome? outcome = null;
        await foreach (WireMessage message in session.RunTurnAsync(UserInput.Read(document.RootElement), null, ended => outcome = ended, cancellationToken))
        {
            if (message is TurnBegin)
            {
                continue;
            }

            JsonNode payload = JsonNode.Parse(JsonWriter.Compose(message.WritePayload))!;
            Events.Add(new JsonArray((message is WireRequest ? "request:" : "") + message.Type, payload));
            switch (message)
            {
                case StepBegin when steer is not null:
                    Assert.True(session.Steer(new UserInput(steer)));
                    steer = null;
                    break;
                case ToolCallRequest request:
                    request.Respond(ToolResult(request));
                    break;
            }
        }

        JsonObject result = Describe(outcome!);
        ExitCode = outcome!.Status == TurnStatus.Finished ? 0 : outcome.Error is ChatProviderException { IsRetryable: true } ? 75 : 1;
        Outcomes.Add(result);
        Events.Add(new JsonArray("response", result.DeepClone()));
    }

    private static JsonObject Describe(TurnOutcome outcome)
    {
        switch (outcome.Status)
        {
            case TurnStatus.Finished:
                return new JsonObject { ["status"] = "finished" };
            case TurnStatus.MaxStepsReached:
                return new JsonObject { ["status"] = "max_steps_reached", ["steps"] = outcome.Steps };
            case TurnStatus.Cancelled:
                return new JsonObject { ["status"] = "cancelled" };
        }

        int code = outcome.Error switch
        {
            LlmNotSetException => -32001,
            LlmNotSupportedException => -32002,
            ChatProviderException { IsSignInExpired: true } => -32004,
            ChatProviderException => -32003,
            _ => -32603,
        };
        string text = code == -32004 ? "Authentication failed. Your login session may have expired. Please run \"/login\" to sign in again." : outcome.Error!.Message;
        return new JsonObject { ["code"] = code, ["message"] = VectorText.Normalise(text), ["data"] = null };
    }

    private ToolReturnValue ToolResult(ToolCallRequest request)
    {
        JsonNode? result = _vector.Setup["tool_results"]?[request.Id] ?? _vector.Setup["tool_results"]?[request.Name];
        if (result is null)
        {
            return ToolReturnValue.Ok("tool output");
        }

        using JsonDocument document = JsonDocument.Parse(VectorText.Expand(VectorText.Write(result)));
        return ToolResultJson.Read(document.RootElement);
    }

    private IEnumerable<JsonNode> Turns()
    {
        if (_vector.Setup["print_mode_prompt"] is JsonNode prompt)
        {
            return [prompt];
        }

        return _vector.Setup["turns"] is JsonArray turns ? turns.Select(static turn => turn!)
            : _vector.Setup["send"] is JsonArray sent ? sent.Select(static turn => turn!)
            : [JsonValue.Create("Hi there")];
    }

    private void Initialize(KimiSession session)
    {
        ClientRegistration registration = new()
        {
            Name = _vector.Setup["initialize"]?["client"]?["name"]?.GetValue<string>(),
            Version = _vector.Setup["initialize"]?["client"]?["version"]?.GetValue<string>(),
        };
        JsonNode? tools = _vector.File.StartsWith("responses/", StringComparison.Ordinal)
            ? JsonNode.Parse("""
                [{"name":"show_map","description":"Show a place on a map.","parameters":{"type":"object","properties":{"place":{"type":"string","description":"Name of the place"},"zoom":{"type":"integer"}},"required":["place"]}},
                 {"name":"ring_bell","description":"Ring.","parameters":{"type":"object","properties":{}}}]
                """)
            : _vector.Setup["external_tools"];
        if (tools is JsonArray list)
        {
            using JsonDocument document = JsonDocument.Parse(VectorText.Expand(VectorText.Write(list)));
            registration.Tools = [.. document.RootElement.EnumerateArray().Select(static tool => new ClientTool(
                tool.GetProperty("name").GetString()!, tool.GetProperty("description").GetString() ?? "", tool.GetProperty("parameters").Clone()))];
        }

        Assert.Empty(session.Register(registration).Rejected);
    }

    private KimiSessionOptions Options()
    {
        JsonObject setup = _vector.Setup;
        string[] arguments = [.. (setup["args"] as JsonArray ?? []).Select(static argument => argument!.GetValue<string>())];
        Dictionary<string, string> environment = new() { ["KIMI_SHARE_DIR"] = _directories.Share, ["HOME"] = _directories.Home, ["USERPROFILE"] = _directories.Home };
        foreach (KeyValuePair<string, JsonNode?> variable in setup["env"] as JsonObject ?? [])
        {
            environment[variable.Key] = Localise(variable.Value!.GetValue<string>());
        }

        File.WriteAllText(Path.Combine(_directories.Home, "prompt.md"), setup["system_prompt"]?.GetValue<string>() ?? "You are a vector test bot.");
        string agent = Path.Combine(_directories.Home, "agent.yaml");
        File.WriteAllText(agent, "version: 1\nagent:\n  name: vector\n  system_prompt_path: ./prompt.md\n  tools: [" + string.Join(", ", (setup["tools"] as JsonArray ?? []).Select(static tool => $"'{tool}'")) + "]\n");
        if (setup["files"]?["v.mp4"] is not null)
        {
            byte[] film = new byte[88];
            "\0\0\0\u0018ftypmp42\0\0\0\0mp42isom"u8.CopyTo(film);
            File.WriteAllBytes(Path.Combine(_directories.Work, "v.mp4"), film);
        }

        return new KimiSessionOptions
        {
            WorkDirectory = _directories.Work,
            ConfigText = Config().ToJsonString(),
            AgentFile = agent,
            SessionId = setup.ContainsKey("stored_context") || _vector.Name == "fixed-session" ? "vec-session" : null,
            Thinking = arguments.Contains("--thinking") ? true : arguments.Contains("--no-thinking") ? false : null,
            Yolo = true,
            IsClientDriven = true,
            Environment = EnvironmentSource.From(environment),
            Time = Time,
        };
    }

    private JsonObject Config()
    {
        JsonObject setup = _vector.Setup;
        string path = setup["base_url_path"]?.GetValue<string>() ?? (_vector.Provider == "anthropic" ? "" : "/v1");
        JsonObject provider = new() { ["type"] = _vector.Provider, ["base_url"] = Server.Url + path, ["api_key"] = "<key>" };
        foreach (KeyValuePair<string, JsonNode?> member in setup["provider_entry"] as JsonObject ?? [])
        {
            string? text = member.Value is JsonValue value && value.TryGetValue(out string? given) ? given : null;
            provider[member.Key] = text is null ? member.Value?.DeepClone()
                : text == "a closed port" ? $"http://127.0.0.1:{ClosedPort()}/v1"
                : Localise(text).Split(' ')[0];
        }

        JsonObject model = new() { ["provider"] = "p", ["model"] = setup["model"]?.GetValue<string>() ?? "test-model", ["max_context_size"] = 200000 };
        foreach (KeyValuePair<string, JsonNode?> member in setup["model_entry"] as JsonObject ?? [])
        {
            model[member.Key] = member.Value?.DeepClone();
        }

        JsonObject config = new()
        {
            ["default_model"] = "m",
            ["telemetry"] = false,
            ["models"] = new JsonObject { ["m"] = model },
            ["providers"] = new JsonObject { ["p"] = provider },
        };
        foreach (KeyValuePair<string, JsonNode?> member in setup["config"] as JsonObject ?? [])
        {
            config[member.Key] = member.Value?.DeepClone();
        }

        return config;
    }

    private int StoreContext(KimiSessionOptions options)
    {
        if (_vector.Setup["stored_context"] is not JsonArray lines)
        {
            return 0;
        }

        string directory = Path.Combine(_directories.Share, "sessions", WorkDirectories.FolderName(_directories.Work, WorkDirectories.LocalHost), options.SessionId!);
        Directory.CreateDirectory(directory);
        StringBuilder text = new();
        foreach (JsonNode? line in lines)
        {
            text.Append(VectorText.Expand(VectorText.Write(line!))).Append('\n');
        }

        File.WriteAllText(Path.Combine(directory, "context.jsonl"), text.ToString());
        return lines.Count;
    }

    private static int ClosedPort()
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
