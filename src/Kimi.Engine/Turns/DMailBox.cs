using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns;

/// <summary>A message to the past that waits for the end of the step.</summary>
internal sealed record DMail(string Message, int CheckpointId);

/// <summary>Takes the D-Mail of one agent.</summary>
internal sealed class DMailBox : IDMail
{
    private readonly Lock _gate = new();
    private DMail? _pending;

    /// <summary>Number of checkpoints there are.</summary>
    public int CheckpointCount { get; set; }

    /// <summary>Whether a mail waits.</summary>
    public bool HasMail => _pending is not null;

    /// <inheritdoc/>
    public string? Send(string message, int checkpointId)
    {
        lock (_gate)
        {
            if (_pending is not null)
            {
                return "Only one D-Mail can be sent at a time";
            }

            if (checkpointId >= CheckpointCount)
            {
                return "There is no checkpoint with the given ID";
            }

            _pending = new DMail(message, checkpointId);
            return null;
        }
    }

    /// <summary>Takes out the mail that waits, if any.</summary>
    public DMail? Take()
    {
        lock (_gate)
        {
            DMail? mail = _pending;
            _pending = null;
            return mail;
        }
    }
}
