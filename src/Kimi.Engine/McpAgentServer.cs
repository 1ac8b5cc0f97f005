using System.Collections.Concurrent;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Kimi.Engine;

/// <summary>
/// <c>kimi mcp serve</c>: Kimi as an MCP server, so that other agents can give it work. Permission is asked of the client where
/// it can ask its user; where it cannot, what no rule allows is refused.
/// </summary>
public sealed class McpAgentServer
{
    private const string TurnTool = "kimi_turn";
    private const string CloseTool = "kimi_close_session";

    private readonly Func<KimiSessionOptions> _options;
    private readonly ConcurrentDictionary<string, Task<Conversation>> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    private McpAgentServer(Func<KimiSessionOptions> options) => _options = options;

    /// <summary>Serves until the input ends.</summary>
    /// <param name="options">Options of the sessions to open; made anew for each.</param>
    /// <param name="input">What the client writes.</param>
    /// <param name="output">What it reads; nothing else may be written there.</param>
    /// <param name="cancellationToken">Ends the serving.</param>
    public static async Task RunAsync(Func<KimiSessionOptions> options, Stream input, Stream output, CancellationToken cancellationToken)
    {
        var agent = new McpAgentServer(options);
        StreamServerTransport transport = new(input, output, "kimi");
        await using (transport.ConfigureAwait(false))
        {
            McpServer server = McpServer.Create(transport, agent.ServerOptions());
            await using (server.ConfigureAwait(false))
            {
                try
                {
                    await server.RunAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    // Told to end.
                }
                finally
                {
                    await agent.CloseAllAsync().ConfigureAwait(false);
                }
            }
        }
    }

    private McpServerOptions ServerOptions() => new()
    {
        ServerInfo = new Implementation { Name = "kimi", Version = EngineInfo.Version },
        ServerInstructions = "Kimi is an agent that works on files and commands of this machine. Give it a task with kimi_turn.",
        Capabilities = new ServerCapabilities { Tools = new ToolsCapability() },
        Handlers = new McpServerHandlers
        {
            ListToolsHandler = static (_, _) => new ValueTask<ListToolsResult>(new ListToolsResult { Tools = [.. Definitions()] }),
            CallToolHandler = CallAsync,
        },
    };

    private static IEnumerable<Tool> Definitions()
    {
        yield return new Tool
        {
            Name = TurnTool,
            Description = "Gives Kimi a task and waits for its answer. Without a session_id a new conversation begins; the answer names its id, with which it goes on.",
            InputSchema = LenientJson.Parse(
                """
                {"type":"object","properties":{"prompt":{"type":"string","description":"The task, or the next message of the conversation"},
                "session_id":{"type":"string","description":"Conversation to go on with"},
                "work_dir":{"type":"string","description":"Absolute path of the directory a new conversation works in"}},"required":["prompt"]}
                """),
            Annotations = new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = true, OpenWorldHint = true },
        };
        yield return new Tool
        {
            Name = CloseTool,
            Description = "Closes a conversation of kimi_turn. It is kept and can be gone on with later.",
            InputSchema = LenientJson.Parse("""{"type":"object","properties":{"session_id":{"type":"string"}},"required":["session_id"]}"""),
            Annotations = new ToolAnnotations { ReadOnlyHint = false, DestructiveHint = false },
        };
    }

    private async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        IDictionary<string, JsonElement> arguments = request.Params?.Arguments ?? new Dictionary<string, JsonElement>();
        try
        {
            return request.Params?.Name switch
            {
                TurnTool => await TurnAsync(request.Server, arguments, cancellationToken).ConfigureAwait(false),
                CloseTool => await CloseAsync(arguments).ConfigureAwait(false),
                _ => Failure($"There is no tool '{request.Params?.Name}'."),
            };
        }
        catch (Exception e) when (e is KimiStartupException or SessionBusyException or ObjectDisposedException)
        {
            return Failure(e.Message);
        }
    }

    private async Task<CallToolResult> TurnAsync(McpServer caller, IDictionary<string, JsonElement> arguments, CancellationToken cancellationToken)
    {
        if (Text(arguments, "prompt") is not { } prompt || string.IsNullOrWhiteSpace(prompt))
        {
            return Failure("prompt is missing or empty.");
        }

        Conversation conversation = await OpenAsync(Text(arguments, "session_id"), Text(arguments, "work_dir"), cancellationToken).ConfigureAwait(false);
        KimiSession session = conversation.Session;
        if (session.IsBusy)
        {
            return Failure("This conversation is busy with another task.");
        }

        conversation.Caller = caller;
        TurnOutcome outcome = await session.RunAsync(new UserInput(prompt), null, cancellationToken).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        string answer = outcome.FinalMessage?.ExtractText("\n") ?? "";
        string status = outcome.Status switch
        {
            TurnStatus.Finished => outcome.StopReason == StopReason.ToolRejected ? "stopped: a tool call was refused" : "finished",
            TurnStatus.MaxStepsReached => "stopped at the limit of steps",
            TurnStatus.Cancelled => "cancelled",
            _ => $"failed: {outcome.Error?.Message}",
        };
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = answer.Length > 0 ? answer : $"No answer ({status})." }, new TextContentBlock { Text = $"session_id: {session.Id}" }],
            StructuredContent = LenientJson.Parse(JsonWriter.Compose(writer =>
            {
                writer.BeginObject();
                writer.Member("session_id"u8, session.Id);
                writer.Member("status"u8, status);
                writer.Member("answer"u8, answer);
                writer.EndObject();
            })),
            IsError = outcome.Status != TurnStatus.Finished,
        };
    }

    private async Task<Conversation> OpenAsync(string? id, string? workDirectory, CancellationToken cancellationToken)
    {
        if (id is null)
        {
            Conversation fresh = await OpenCoreAsync(null, workDirectory, cancellationToken).ConfigureAwait(false);
            _sessions[fresh.Session.Id] = Task.FromResult(fresh);
            return fresh;
        }

        Task<Conversation> opening;
        lock (_gate)
        {
            // Two calls for one conversation must not open it twice.
            if (!_sessions.TryGetValue(id, out opening!) || opening.IsFaulted || opening.IsCanceled)
            {
                _sessions[id] = opening = OpenCoreAsync(id, workDirectory, CancellationToken.None);
            }
        }

        return await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<Conversation> OpenCoreAsync(string? id, string? workDirectory, CancellationToken cancellationToken)
    {
        var conversation = new Conversation();
        KimiSessionOptions options = _options();
        options.SessionId = id;
        options.WorkDirectory = workDirectory ?? options.WorkDirectory;
        options.Approve ??= conversation.ApproveAsync;
        options.AnswerQuestions ??= static (_, _) => Task.FromResult<IReadOnlyDictionary<string, string>?>(new Dictionary<string, string>());
        conversation.Session = await KimiSession.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        return conversation;
    }

    private async Task<CallToolResult> CloseAsync(IDictionary<string, JsonElement> arguments)
    {
        if (Text(arguments, "session_id") is not { } id || !_sessions.TryRemove(id, out Task<Conversation>? opening))
        {
            return Failure("There is no open conversation of this session_id.");
        }

        await (await opening.ConfigureAwait(false)).Session.DisposeAsync().ConfigureAwait(false);
        return new CallToolResult { Content = [new TextContentBlock { Text = "Closed." }] };
    }

    private async Task CloseAllAsync()
    {
        foreach (Task<Conversation> opening in _sessions.Values)
        {
            try
            {
                await (await opening.ConfigureAwait(false)).Session.DisposeAsync().ConfigureAwait(false);
            }
            catch (KimiStartupException)
            {
                // It never opened.
            }
        }
    }

    private static string? Text(IDictionary<string, JsonElement> arguments, string name) =>
        arguments.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.ReadString() : null;

    private static CallToolResult Failure(string text) => new() { Content = [new TextContentBlock { Text = text }], IsError = true };

    /// <summary>An open session, and who asked for the turn that runs: what a client can do is known with each request only.</summary>
    private sealed class Conversation
    {
        public KimiSession Session { get; set; } = null!;

        public McpServer? Caller { get; set; }

        public async Task<ApprovalAnswer?> ApproveAsync(ApprovalRequest request, CancellationToken cancellationToken)
        {
            if (Caller?.ClientCapabilities?.Elicitation is null)
            {
                return new ApprovalAnswer(ApprovalResponseKind.Reject, "Nobody is there who could approve this. Work without it, or say what is needed.");
            }

            ElicitResult answer = await Caller.ElicitAsync(
                new ElicitRequestParams
                {
                    Message = $"Kimi asks for permission: {request.Description}",
                    RequestedSchema = new ElicitRequestParams.RequestSchema(),
                },
                cancellationToken).ConfigureAwait(false);
            return new ApprovalAnswer(answer.Action == "accept" ? ApprovalResponseKind.Approve : ApprovalResponseKind.Reject);
        }
    }
}
