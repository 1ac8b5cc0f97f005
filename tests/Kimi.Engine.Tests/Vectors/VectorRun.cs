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
using Kimi.Testing.Vectors;

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

    /// <summary>What the exchange begins with.</summary>
    public VectorSetup Setup => field ??= new VectorSetup(_vector, Server.Url, _directories.Home, _directories.Share, _directories.Work);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _directories.Dispose();
    }

    private async Task PlayAsync(CancellationToken cancellationToken)
    {
        KimiSessionOptions options = Options();
        int before = (_vector.Setup["stored_context"] as JsonArray)?.Count ?? 0;
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

            foreach (JsonNode turn in Setup.Turns)
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

    private void Initialize(KimiSession session)
    {
        ClientRegistration registration = new()
        {
            Name = Setup.Client?["name"]?.GetValue<string>(),
            Version = Setup.Client?["version"]?.GetValue<string>(),
        };
        if (Setup.ExternalTools is JsonArray list)
        {
            using JsonDocument document = JsonDocument.Parse(VectorText.Expand(VectorText.Write(list)));
            registration.Tools = [.. document.RootElement.EnumerateArray().Select(static tool => new ClientTool(
                tool.GetProperty("name").GetString()!, tool.GetProperty("description").GetString() ?? "", tool.GetProperty("parameters").Clone()))];
        }

        Assert.Empty(session.Register(registration).Rejected);
    }

    private KimiSessionOptions Options()
    {
        Dictionary<string, string> environment = new() { ["KIMI_SHARE_DIR"] = _directories.Share, ["HOME"] = _directories.Home, ["USERPROFILE"] = _directories.Home };
        foreach (KeyValuePair<string, string> variable in Setup.Environment)
        {
            environment[variable.Key] = variable.Value;
        }

        return new KimiSessionOptions
        {
            WorkDirectory = _directories.Work,
            ConfigText = Setup.Configuration().ToJsonString(),
            AgentFile = Setup.WriteFiles(Path.Combine(_directories.Share, "sessions", WorkDirectories.FolderName(_directories.Work, WorkDirectories.LocalHost))),
            SessionId = Setup.SessionId,
            Thinking = Setup.Arguments.Contains("--thinking") ? true : Setup.Arguments.Contains("--no-thinking") ? false : null,
            Yolo = true,
            IsClientDriven = true,
            Environment = EnvironmentSource.From(environment),
            Time = Time,
        };
    }
}
