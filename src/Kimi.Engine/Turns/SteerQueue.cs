using Kimi.Engine.Chat;

namespace Kimi.Engine.Turns;

/// <summary>
/// Inputs for the turn that is running. Whether a turn ends and whether an input is still accepted is decided under one lock,
/// so an accepted input always leads to one more step.
/// </summary>
internal sealed class SteerQueue
{
    private readonly Lock _gate = new();
    private readonly List<UserInput> _inputs = [];
    private bool _open;

    /// <summary>Accepts inputs from now on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
        }
    }

    /// <summary>Takes an input; false when no turn runs.</summary>
    public bool TryAdd(UserInput input)
    {
        lock (_gate)
        {
            if (_open)
            {
                _inputs.Add(input);
            }

            return _open;
        }
    }

    /// <summary>Takes out all inputs.</summary>
    /// <param name="closeIfEmpty">Whether to accept no more when there are none: the turn ends then.</param>
    public IReadOnlyList<UserInput> Drain(bool closeIfEmpty)
    {
        lock (_gate)
        {
            if (_inputs.Count == 0)
            {
                _open &= !closeIfEmpty;
                return [];
            }

            UserInput[] drained = [.. _inputs];
            _inputs.Clear();
            return drained;
        }
    }

    /// <summary>Accepts no more and forgets what was not taken: the run failed or was cancelled.</summary>
    public void Abort()
    {
        lock (_gate)
        {
            _open = false;
            _inputs.Clear();
        }
    }
}
