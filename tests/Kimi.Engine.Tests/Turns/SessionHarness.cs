using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Real sessions on the offline provider, in directories of their own. Scripts are the model's answers, in order.</summary>
internal sealed class SessionHarness : IAsyncDisposable
{
    private readonly TempDirectory _root = new();
    private KimiSession? _session;

    public SessionHarness(params string[] scripts)
    {
        Scripts = [.. scripts];
        Work = _root.Make("work");
        Share = _root.Make("share");
        Home = _root.Make("home");
        Options = new KimiSessionOptions
        {
            WorkDirectory = Work,
            Yolo = false,
            Environment = EnvironmentSource.From(new Dictionary<string, string> { ["KIMI_SHARE_DIR"] = Share, ["HOME"] = Home, ["USERPROFILE"] = Home }),
        };
    }

    public List<string> Scripts { get; }

    public KimiSessionOptions Options { get; }

    public string Work { get; }

    public string Share { get; }

    public string Home { get; }

    public int MaxContextSize { get; set; } = 100_000;

    /// <summary>Members of the configuration's object beside model and provider, as JSON: <c>"loop_control": {…}</c>.</summary>
    public string MoreConfig { get; set; } = "";

    /// <summary>More models, as JSON members with a comma before them.</summary>
    public string MoreModels { get; set; } = "";

    /// <summary>More providers, as JSON members with a comma before them.</summary>
    public string MoreProviders { get; set; } = "";

    /// <summary>Capabilities of the model, as JSON array.</summary>
    public string Capabilities { get; set; } = "[]";

    /// <summary>The open session.</summary>
    public KimiSession Session => _session ?? throw new InvalidOperationException("The session is not open.");

    public static string ToolCall(string id, string name, string arguments = "{}") =>
        $"tool_call: {{\"id\": \"{id}\", \"name\": \"{name}\", \"arguments\": {JsonWriter.Compose(writer => writer.Text(arguments))}}}";

    public string At(string relative) => _root.At(relative);

    public string Write(string relative, string text) => _root.Write(relative, text);

    public async Task<KimiSession> OpenAsync()
    {
        string scripts = Write("scripts.json", JsonWriter.Compose(writer =>
        {
            writer.BeginArray();
            foreach (string script in Scripts)
            {
                writer.Text(script);
            }

            writer.EndArray();
        }));
        string env = JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            writer.Member("KIMI_SCRIPTED_ECHO_SCRIPTS"u8, scripts);
            writer.EndObject();
        });
        string more = MoreConfig.Length == 0 ? "" : ", " + MoreConfig;
        Options.ConfigText = string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "default_model": "t",
              "models": {"t": {"provider": "p", "model": "scripted_echo", "max_context_size": {{MaxContextSize}}, "capabilities": {{Capabilities}} } {{MoreModels}} },
              "providers": {"p": {"type": "_scripted_echo", "base_url": "", "api_key": "", "env": {{env}} } {{MoreProviders}} }
              {{more}}
            }
            """);
        _session = await KimiSession.OpenAsync(Options, TestContext.Current.CancellationToken);
        return _session;
    }

    /// <summary>Runs one input; opens the session when it is not open yet.</summary>
    public async Task<RecordedRun> RunAsync(string input, CancellationToken? cancellationToken = null, TurnOptions? options = null) =>
        await RunAsync(new UserInput(input), cancellationToken, options);

    public async Task<RecordedRun> RunAsync(UserInput input, CancellationToken? cancellationToken = null, TurnOptions? options = null)
    {
        KimiSession session = _session ?? await OpenAsync();
        List<WireMessage> messages = [];
        TurnOutcome? outcome = null;
        await foreach (WireMessage message in session.RunTurnAsync(input, options, result => outcome = result, cancellationToken ?? TestContext.Current.CancellationToken))
        {
            messages.Add(message);
        }

        return new RecordedRun(outcome!, messages);
    }

    /// <summary>Lines of a file of the session, the system prompt left out, each in compact form.</summary>
    public string[] Lines(string file = "context.jsonl") =>
    [
        .. File.ReadAllLines(Path.Join(Session.Directory, file))
            .Where(static line => !line.Contains("\"_system_prompt\"", StringComparison.Ordinal))
            .Select(static line => JsonWriter.Compose(writer => writer.Element(LenientJson.Parse(line)))),
    ];

    /// <summary>The context in a short form: <c>c0</c> a checkpoint, <c>u:text</c>, <c>a:text</c>, <c>t:text</c> messages, <c>=n</c> a token count.</summary>
    public string[] Context(string file = "context.jsonl") => Shorten(Lines(file));

    /// <summary>Lines of a context file in short form, the system prompt left out.</summary>
    public static string[] Shorten(IEnumerable<string> lines) =>
        [.. lines.Where(static line => !line.Contains("\"_system_prompt\"", StringComparison.Ordinal)).Select(ShortLine)];

    /// <summary>The state file; undefined when there is none.</summary>
    public JsonElement State()
    {
        string path = Path.Join(Session.Directory, "state.json");
        return File.Exists(path) ? LenientJson.Parse(File.ReadAllText(path)) : default;
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }

        _root.Dispose();
    }

    /// <summary>Closes the session and forgets it, so that another can be opened.</summary>
    public async Task<bool> CloseAsync()
    {
        bool kept = await Session.CloseAsync(succeeded: true);
        _session = null;
        return kept;
    }

    private static string ShortLine(string line)
    {
        JsonElement value = LenientJson.Parse(line);
        switch (value.StringOrNull("role"))
        {
            case "_checkpoint":
                return $"c{value.LongOr("id", -1)}";
            case "_usage":
                return $"={value.LongOr("token_count", -1)}";
            default:
                Message message = MessageJson.Read(value);
                string calls = string.Concat((message.ToolCalls ?? []).Select(static call => $" {call.Name}#{call.Id}"));
                string answers = message.ToolCallId is string id ? $"#{id}" : "";
                return $"{MessageJson.NameOf(message.Role)[0]}{answers}:{message.ExtractText("|")}{calls}";
        }
    }
}

/// <summary>What a run said, and how it ended.</summary>
internal sealed record RecordedRun(TurnOutcome Outcome, IReadOnlyList<WireMessage> Messages)
{
    /// <summary>The messages in a short form, without status updates of steps.</summary>
    public string[] Events => [.. Messages.Where(static message => message is not StatusUpdate).Select(Short)];

    /// <summary>The messages in a short form.</summary>
    public string[] AllEvents => [.. Messages.Select(Short)];

    public string[] Texts => [.. Messages.OfType<ContentEvent>().Select(static message => message.Part).OfType<TextPart>().Select(static part => part.Text)];

    public string[] Statuses => [.. Messages.OfType<StatusUpdate>().Select(static status => Payload(status))];

    public static string Payload(WireMessage message) => JsonWriter.Compose(message.WritePayload);

    private static string Short(WireMessage message) => message switch
    {
        StepBegin step => string.Create(CultureInfo.InvariantCulture, $"Step {step.N}"),
        TurnBegin turn => turn.UserInput.Text is string text ? $"Turn {text}" : $"Turn [{turn.UserInput.JoinedText}]",
        SteerInput steer => $"Steer {steer.UserInput.JoinedText}",
        ContentEvent { Part: TextPart text } => $"text {text.Text}",
        ContentEvent { Part: ThinkPart think } => $"think {think.Think}",
        ToolCallEvent call => $"call {call.Call.Id}",
        ToolResultEvent result => $"result {result.ToolCallId}",
        StepRetry retry => string.Create(CultureInfo.InvariantCulture, $"Retry {retry.N} {retry.NextAttempt}/{retry.MaxAttempts} {retry.ErrorType} {retry.StatusCode}"),
        StatusUpdate status => "Status" + (status.ContextTokens is long tokens ? string.Create(CultureInfo.InvariantCulture, $" {tokens}") : "") + (status.PlanMode is bool plan ? $" plan={plan}" : ""),
        _ => message.Type,
    };
}
