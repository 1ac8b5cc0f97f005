using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.Echo;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Commands;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Turns;

/// <summary>The loop alone, on a model, hooks and notifications that a test holds in its hands.</summary>
internal sealed class LoopBench : IDisposable
{
    private readonly TempDirectory _directory = new();

    public LoopBench(params string[] scripts)
    {
        Model = new FakeModel(scripts);
        Conversation = new Conversation(_directory.Path);
        Conversation.SetSystemPrompt("P");
    }

    public FakeModel Model { get; }

    public Conversation Conversation { get; }

    public Toolset Toolset { get; } = new();

    public FakeHooks Hooks { get; } = new();

    public ManualTimeProvider Clock { get; } = new() { IsImmediate = true };

    public LoopControlConfig Limits { get; set; } = new();

    public long MaxContextSize { get; set; } = 100_000;

    public bool IsRoot { get; set; } = true;

    public ModelCapabilities Capabilities { get; set; }

    public IReadOnlyList<IInjection> Injections { get; set; } = [];

    public INotificationFeed? Notifications { get; set; }

    public RecordingSink Sink { get; } = new();

    public Agent Agent => field ??= new()
    {
        Model = new AgentModel(Model, MaxContextSize, Capabilities),
        Conversation = Conversation,
        Tools = Toolset,
        Wire = Sink,
        Limits = Limits,
        Hooks = Hooks,
        Caller = new ModelCaller(Clock, new Random(1)),
        Injections = Injections,
        Notifications = Notifications,
        IsRoot = IsRoot,
    };

    /// <summary>The messages sent by the last run, in short form and without status updates.</summary>
    public string[] Events => [.. new RecordedRun(null!, [.. Sink.Sent]).Events];

    public string[] Context(string file = "context.jsonl") => SessionHarness.Shorten(File.ReadAllLines(_directory.At(file)));

    public bool HasFile(string file) => File.Exists(_directory.At(file));

    public async Task<TurnResult?> RunAsync(UserInput input, CancellationToken? cancellationToken = null)
    {
        Sink.Sent.Clear();
        SessionRun run = new(Agent, new SlashCommands(null!), new RunTally(), new CallSource(CallSource.ForegroundTurn, "turn"));
        return await run.RunAsync(input, synthetic: false, cancellationToken ?? TestContext.Current.CancellationToken);
    }

    public Task<TurnResult?> RunAsync(string input) => RunAsync(new UserInput(input));

    public void Dispose()
    {
        Conversation.Dispose();
        _directory.Dispose();
    }
}

/// <summary>Answers from scripts of the offline providers, and keeps the requests.</summary>
internal sealed class FakeModel(params string[] scripts) : IChatProvider
{
    private readonly Queue<string> _scripts = new(scripts);

    public List<ChatRequest> Requests { get; } = [];

    /// <summary>What each request's history said, in short form.</summary>
    public List<string[]> Histories { get; } = [];

    public bool Recovers { get; set; }

    public int Recoveries { get; private set; }

    /// <summary>Awaited behind every part of an answer; gets the part's index.</summary>
    public Func<int, CancellationToken, Task>? Pause { get; set; }

    public string Name => "fake";

    public string ModelName => "fake";

    public ThinkingEffort? ThinkingEffort => null;

    public bool UsesCompletionBudget { get; set; }

    public IChatProvider WithThinking(ThinkingEffort effort) => this;

    public bool TryRecover(ChatProviderException failure)
    {
        Recoveries++;
        return Recovers;
    }

    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Histories.Add([.. request.History.Select(static message => $"{MessageJson.NameOf(message.Role)[0]}:{message.ExtractText("|")}")]);
        string script = _scripts.TryDequeue(out string? next) ? next : throw new ChatProviderException("exhausted");
        if (script == "nothing")
        {
            return Task.FromResult<ChatAnswer>(new Answer([], null, null, null));
        }

        EchoScript parsed = EchoScriptParser.Parse(script);
        return Task.FromResult<ChatAnswer>(new Answer(parsed.Parts, parsed.Id, parsed.Usage, Pause));
    }

    private sealed class Answer : ChatAnswer
    {
        private readonly IReadOnlyList<StreamPart> _parts;
        private readonly Func<int, CancellationToken, Task>? _pause;

        public Answer(IReadOnlyList<StreamPart> parts, string? id, TokenUsage? usage, Func<int, CancellationToken, Task>? pause)
        {
            _parts = parts;
            _pause = pause;
            Id = id;
            Usage = usage;
        }

        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            for (int i = 0; i < _parts.Count; i++)
            {
                yield return _parts[i];
                if (_pause is not null)
                {
                    await _pause(i, cancellationToken);
                }
            }
        }
    }
}

/// <summary>Hooks that remember what was triggered and answer as they are told.</summary>
internal sealed class FakeHooks : ILoopHooks
{
    public List<string> Triggered { get; } = [];

    public Dictionary<HookEvent, HookVerdict> Verdicts { get; } = [];

    public List<string> Payloads { get; } = [];

    public Task<HookVerdict> TriggerAsync(HookEvent hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken)
    {
        Note(hookEvent, target, payload);
        return Task.FromResult(Verdicts.GetValueOrDefault(hookEvent));
    }

    public void Fire(HookEvent hookEvent, string target, Action<JsonWriter> payload) => Note(hookEvent, target, payload);

    private void Note(HookEvent hookEvent, string target, Action<JsonWriter> payload)
    {
        Triggered.Add($"{hookEvent} {target}".TrimEnd());
        Payloads.Add(JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            payload(writer);
            writer.EndObject();
        }));
    }
}
