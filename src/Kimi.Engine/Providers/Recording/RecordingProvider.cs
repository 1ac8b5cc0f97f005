using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Recording;

/// <summary>Writes the traffic with a model to a file, secrets removed, so that it can be replayed without the model.</summary>
internal sealed class RecordingProvider : IChatProvider
{
    private readonly IChatProvider _inner;
    private readonly Sink _sink;
    private readonly CleanHistory _history;

    private RecordingProvider(IChatProvider inner, Sink sink)
    {
        _inner = inner;
        _sink = sink;
        _history = new CleanHistory(sink.Secrets);
    }

    public string Name => _inner.Name;

    public string ModelName => _inner.ModelName;

    public ThinkingEffort? ThinkingEffort => _inner.ThinkingEffort;

    public bool UsesCompletionBudget => _inner.UsesCompletionBudget;

    public bool SupportsResponseSchema => _inner.SupportsResponseSchema;

    /// <summary>Starts a recording; an existing file is replaced.</summary>
    public static RecordingProvider Start(IChatProvider inner, string path, long maxContextSize, ModelCapabilities capabilities, SecretFilter secrets) =>
        new(inner, new Sink(path, RecordingFormat.Header(inner.ModelName, maxContextSize, capabilities), secrets));

    /// <summary>Records the traffic with another model into the same file.</summary>
    public RecordingProvider Beside(IChatProvider other) => new(other, _sink);

    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        _sink.Secrets.Refresh();
        string[] messages = _history.Read(request.History);
        string[] tools = [.. request.Tools.Select(static tool => tool.Name)];
        try
        {
            return new Answer(await _inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false), _sink, messages, tools);
        }
        catch (ChatProviderException e)
        {
            _sink.Add(new Exchange(messages, tools, [], null, null, e));
            throw;
        }
    }

    public IChatProvider WithThinking(ThinkingEffort effort) => new RecordingProvider(_inner.WithThinking(effort), _sink);

    public bool TryRecover(ChatProviderException failure) => _inner.TryRecover(failure);

    private sealed class Answer(ChatAnswer inner, Sink sink, string[] messages, string[] tools) : ChatAnswer
    {
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            PartMerger merger = new();
            List<StreamPart> parts = [];
            await using IAsyncEnumerator<StreamPart> pieces = inner.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await pieces.MoveNextAsync().ConfigureAwait(false))
                    {
                        break;
                    }
                }
                catch (ChatProviderException e)
                {
                    Finish();
                    sink.Add(new Exchange(messages, tools, parts, inner.Id, inner.Usage, e));
                    throw;
                }

                if (merger.Add(pieces.Current) is StreamPart finished)
                {
                    parts.Add(finished);
                }

                yield return pieces.Current;
            }

            Finish();
            Id = inner.Id;
            Usage = inner.Usage;
            TraceId = inner.TraceId;
            sink.Add(new Exchange(messages, tools, parts, Id, Usage, null));

            void Finish()
            {
                if (merger.Flush() is StreamPart rest)
                {
                    parts.Add(rest);
                }
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }

    private sealed class Sink
    {
        private readonly string _path;
        private readonly Lock _gate = new();
        private IReadOnlyList<string> _previous = [];

        public Sink(string path, byte[] header, SecretFilter secrets)
        {
            _path = path;
            Secrets = secrets;

            // Whole conversations are nobody else's business.
            FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using FileStream file = new(path, options);
            file.Write([.. header, (byte)'\n']);
        }

        public SecretFilter Secrets { get; }

        public void Add(Exchange exchange)
        {
            lock (_gate)
            {
                Secrets.Refresh(); // a token may have been renewed for this very request
                File.AppendAllBytes(_path, [.. RecordingFormat.Line(exchange, _previous, Secrets), (byte)'\n']);
                _previous = exchange.Messages;
            }
        }
    }
}
