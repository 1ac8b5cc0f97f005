using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Hosting;

/// <summary>Brings the model's questions to the turn that runs; without one they are dismissed.</summary>
internal sealed class SessionQuestions
{
    private volatile Func<QuestionRequest, CancellationToken, Task<IReadOnlyDictionary<string, string>>>? _target;

    public Func<QuestionRequest, CancellationToken, Task<IReadOnlyDictionary<string, string>>>? Target
    {
        set => _target = value;
    }

    public async Task<IReadOnlyDictionary<string, string>?> AnswerAsync(QuestionRequest request, CancellationToken stop) =>
        _target is { } target ? await target(request, stop).ConfigureAwait(false) : QuestionRequest.Dismissed;
}
