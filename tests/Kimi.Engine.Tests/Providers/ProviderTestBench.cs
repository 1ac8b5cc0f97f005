using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.Http;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

/// <summary>What an answer brought.</summary>
internal sealed record Collected(IReadOnlyList<StreamPart> Parts, Message Message, string? Id, TokenUsage? Usage, string? TraceId)
{
    public IEnumerable<string> Texts => Parts.OfType<TextPart>().Select(static part => part.Text);
}

/// <summary>A fake server, a clock without waits, and providers made as a session makes them.</summary>
internal sealed class ProviderTestBench : IAsyncDisposable
{
    private ProviderTestBench(ModelServer server) => Server = server;

    public ModelServer Server { get; }

    public ManualTimeProvider Time { get; } = new() { IsImmediate = true };

    public TestDirectories Directories { get; } = new();

    public static async Task<ProviderTestBench> StartAsync() => new(await ModelServer.StartAsync());

    public ProviderContext Context => new()
    {
        Identity = Identity,
        Share = new ShareDirectory(Directories.Share, Directories.Home),
        SessionId = "session-1",
        Transport = Transport ??= new HttpTransport(time: Time),
    };

    public HttpTransport? Transport { get; set; }

    public ClientIdentity Identity => field ??= new ClientIdentity("1.49.0", new ShareDirectory(Directories.Share, Directories.Home));

    public ResolvedModel Model(ProviderType type, ThinkingChoice thinking = ThinkingChoice.Untouched, string id = "test-model") => new()
    {
        Provider = new ProviderConfig
        {
            Type = type,
            BaseUrl = type is ProviderType.Anthropic or ProviderType.Gemini or ProviderType.GoogleGenAI or ProviderType.VertexAI ? Server.Url : Server.BaseUrl,
            ApiKey = new Secret("sk-secret"),
        },
        Model = new ModelConfig { Provider = "p", Model = id, MaxContextSize = 200000 },
        Thinking = thinking,
        Environment = EnvironmentSource.From(new Dictionary<string, string>()),
    };

    public IChatProvider Provider(ProviderType type, ThinkingChoice thinking = ThinkingChoice.Untouched, string id = "test-model") =>
        ProviderFactory.Create(Model(type, thinking, id), Context)!;

    public static ChatRequest Request(params Message[] history) => new() { SystemPrompt = "You are a bot.", Tools = [], History = history };

    public static ChatRequest Hello => Request(new Message(Role.User, "Hi"));

    public static async Task<Collected> AskAsync(IChatProvider provider, ChatRequest request, CancellationToken cancellationToken)
    {
        await using ChatAnswer answer = await provider.GenerateAsync(request, cancellationToken);
        List<StreamPart> parts = [];
        MessageAssembler assembler = new();
        await foreach (StreamPart part in answer.ReadAsync(cancellationToken))
        {
            parts.Add(part);
            assembler.Add(part);
        }

        assembler.Complete();
        return new Collected(parts, assembler.ToMessage(), answer.Id, answer.Usage, answer.TraceId);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directories.Dispose();
    }
}
