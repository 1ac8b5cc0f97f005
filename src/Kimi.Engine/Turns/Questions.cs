using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>Brings questions to whoever can answer them: the caller's delegate, or a client that can show questions.</summary>
internal sealed class Questions(Func<QuestionRequest, CancellationToken, Task<IReadOnlyDictionary<string, string>?>>? answer) : IQuestions
{
    private volatile bool _clientSupported;

    /// <summary>Whether the listening client can show questions.</summary>
    public bool ClientSupportsQuestions
    {
        get => _clientSupported;
        set => _clientSupported = value;
    }

    /// <inheritdoc/>
    public bool AreSupported => answer is not null || _clientSupported;

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, string>> AskAsync(ToolCallContext context, IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        QuestionRequest request = new(context.Call.Id, questions) { Id = Guid.NewGuid().ToString() };
        if (answer is not null)
        {
            return await answer(request, cancellationToken).ConfigureAwait(false) ?? QuestionRequest.Dismissed;
        }

        await context.Wire.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return await request.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }
}
