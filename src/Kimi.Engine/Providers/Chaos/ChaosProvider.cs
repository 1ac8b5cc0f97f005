using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Chaos;

/// <summary><c>_chaos</c>: another provider with things going wrong, to see what an agent makes of it.</summary>
internal sealed class ChaosProvider(IChatProvider inner, ChaosOptions options, ChaosProvider.Dice dice) : IChatProvider
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string ModelName => $"chaos({inner.ModelName})";

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => inner.ThinkingEffort;

    /// <inheritdoc/>
    public bool UsesCompletionBudget => inner.UsesCompletionBudget;

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken) =>
        new Answer(await inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false), options, dice);

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new ChaosProvider(inner.WithThinking(effort), options, dice);

    /// <inheritdoc/>
    public bool TryRecover(ChatProviderException failure) => inner.TryRecover(failure);

    /// <summary>Random numbers for requests that may run at the same time.</summary>
    internal sealed class Dice(int? seed)
    {
        private readonly Random _random = seed is int fixedSeed ? new Random(fixedSeed) : new Random();

        public bool Falls(double probability)
        {
            lock (_random)
            {
                return _random.NextDouble() < probability;
            }
        }

        public int Pick(int count)
        {
            lock (_random)
            {
                return _random.Next(count);
            }
        }
    }

    /// <summary>Answers some requests itself, with an error.</summary>
    internal sealed class Handler(HttpMessageHandler inner, ChaosOptions options, Dice dice) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (options.ErrorTypes.Count == 0 || !dice.Falls(options.ErrorProbability))
            {
                return base.SendAsync(request, cancellationToken);
            }

            int status = options.ErrorTypes[dice.Pick(options.ErrorTypes.Count)];
            HttpResponseMessage response = new((HttpStatusCode)status)
            {
                RequestMessage = request,
                Content = new StringContent($"{{\"error\":{{\"message\":\"Chaos: simulated {status}\",\"type\":\"chaos_error\"}}}}", new MediaTypeHeaderValue("application/json")),
            };
            if (status == 429)
            {
                response.Headers.TryAddWithoutValidation("retry-after", options.RetryAfter.ToString(CultureInfo.InvariantCulture));
            }

            return Task.FromResult(response);
        }
    }

    private sealed class Answer : ChatAnswer
    {
        private readonly ChatAnswer _inner;
        private readonly ChaosOptions _options;
        private readonly Dice _dice;

        public Answer(ChatAnswer inner, ChaosOptions options, Dice dice)
        {
            (_inner, _options, _dice) = (inner, options, dice);
            TraceId = inner.TraceId;
        }

        /// <inheritdoc/>
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (StreamPart part in _inner.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return Corrupt(part);
            }

            Id = _inner.Id;
            Usage = _inner.Usage;
        }

        /// <inheritdoc/>
        public override async ValueTask DisposeAsync()
        {
            await _inner.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }

        private StreamPart Corrupt(StreamPart part) => part switch
        {
            ToolCall { Arguments: string text } call when text.EndsWith('}') && _dice.Falls(_options.CorruptToolCallProbability) => call with { Arguments = text[..^1] },
            ToolCallPart { ArgumentsPart: string text } when text.EndsWith('}') && _dice.Falls(_options.CorruptToolCallProbability) => new ToolCallPart(text[..^1]),
            _ => part,
        };
    }
}
