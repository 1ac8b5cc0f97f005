using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Echo;

/// <summary>An answer whose parts are known beforehand.</summary>
internal sealed class EchoAnswer : ChatAnswer
{
    private readonly IReadOnlyList<StreamPart> _parts;

    public EchoAnswer(IReadOnlyList<StreamPart> parts, string? id, TokenUsage? usage)
    {
        _parts = parts;
        Id = id;
        Usage = usage;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (StreamPart part in _parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return part;
        }
    }
}
