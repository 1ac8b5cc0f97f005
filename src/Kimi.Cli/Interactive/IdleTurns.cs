using Kimi.Engine;
using Kimi.Engine.Chat;

namespace Kimi.Cli.Interactive;

/// <summary>Decides about turns that nobody asked for: those that hand the results of background tasks to the model.</summary>
internal sealed class IdleTurns(KimiSession session)
{
    private const int MostFailures = 3;

    // What an earlier run left behind waits until the person has said what this one is about.
    private bool _spoken = !session.IsResumed;
    private int _failures;

    /// <summary>The person has had a turn.</summary>
    public void Spoken()
    {
        _spoken = true;
        _failures = 0;
    }

    /// <summary>What to say to the model now; null for nothing.</summary>
    public UserInput? Next() => _spoken && _failures < MostFailures ? session.Background.TakeFollowUp() : null;

    /// <summary>Such a turn has ended.</summary>
    public void Ended(bool succeeded) => _failures = succeeded ? 0 : _failures + 1;
}
