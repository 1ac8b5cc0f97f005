using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Recording;

/// <summary>Answers from a recording. A request that is not the recorded one is an error that shows the difference.</summary>
internal sealed class ReplayProvider : IChatProvider
{
    private const int Shown = 200;

    private readonly State _state;

    private ReplayProvider(State state, ThinkingEffort? effort)
    {
        _state = state;
        ThinkingEffort = effort;
    }

    public string Name => "replay";

    public string ModelName => _state.Model;

    public ThinkingEffort? ThinkingEffort { get; }

    /// <summary>Loads a recording.</summary>
    /// <exception cref="ConfigurationException">It is no recording.</exception>
    public static (ReplayProvider Provider, long MaxContextSize, ModelCapabilities Capabilities) Load(string path, SecretFilter secrets)
    {
        (string model, long size, ModelCapabilities capabilities, IReadOnlyList<Exchange> exchanges) = RecordingFormat.Read(path);
        return (new ReplayProvider(new State(model, exchanges, path, secrets), null), size, capabilities);
    }

    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        (Exchange exchange, int number) = _state.Next();
        Compare(exchange, number, request);
        return exchange is { Error: ChatProviderException error, Parts.Count: 0 }
            ? Task.FromException<ChatAnswer>(error)
            : Task.FromResult<ChatAnswer>(new Answer(exchange));
    }

    public IChatProvider WithThinking(ThinkingEffort effort) => new ReplayProvider(_state, effort);

    private void Compare(Exchange exchange, int number, ChatRequest request)
    {
        string[] history = _state.History.Read(request.History);
        for (int i = 0; i < Math.Max(exchange.Messages.Count, history.Length); i++)
        {
            string recorded = i < exchange.Messages.Count ? exchange.Messages[i] : "nothing";
            string sent = i < history.Length ? history[i] : "nothing";
            if (recorded != sent)
            {
                throw new ChatProviderException(
                    $"The replay of '{_state.Path}' diverges at request {number}, message {i + 1}: {Difference(recorded, sent)}");
            }
        }
    }

    private static string Difference(string recorded, string sent)
    {
        int at = 0;
        while (at < recorded.Length && at < sent.Length && recorded[at] == sent[at])
        {
            at++;
        }

        int start = Math.Max(0, at - 40);
        return $"recorded …{Piece(recorded, start)}, but now …{Piece(sent, start)}";
    }

    private static string Piece(string text, int start) => start >= text.Length ? "(end)" : text.Length - start <= Shown ? text[start..] : $"{text.AsSpan(start, Shown)}…";

    private sealed class Answer(Exchange exchange) : ChatAnswer
    {
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            foreach (StreamPart part in exchange.Parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return part;
            }

            await Task.CompletedTask.ConfigureAwait(false);
            if (exchange.Error is not null)
            {
                throw exchange.Error;
            }

            Id = exchange.Id;
            Usage = exchange.Usage;
        }
    }

    private sealed class State(string model, IReadOnlyList<Exchange> exchanges, string path, SecretFilter secrets)
    {
        private int _next;

        public string Model => model;

        public string Path => path;

        public CleanHistory History { get; } = new(secrets);

        public (Exchange Exchange, int Number) Next()
        {
            int number = Interlocked.Increment(ref _next);
            return number <= exchanges.Count
                ? (exchanges[number - 1], number)
                : throw new ChatProviderException($"The replay of '{path}' diverges: request {number} was never recorded; the recording has {exchanges.Count}.");
        }
    }
}
