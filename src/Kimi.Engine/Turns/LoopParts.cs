using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns;

/// <summary>Something that may remind the model before a step.</summary>
internal interface IInjection
{
    /// <summary>The text to remind of; null when there is none.</summary>
    string? Next(IReadOnlyList<Message> history);

    /// <summary>The history was compacted: what was said before is gone.</summary>
    void OnCompacted();
}

/// <summary>Notifications for the model.</summary>
internal interface INotificationFeed
{
    /// <summary>Looks for tasks that have ended, and takes the notifications that wait for the model, as messages.</summary>
    IReadOnlyList<Message> TakeForModel(int limit);

    /// <summary>The messages taken last are part of the history now.</summary>
    void ConfirmTaken();

    /// <summary>Sends what waits for the wire.</summary>
    void Announce();

    /// <summary>The list of tasks that still run, for the model, after a compaction; null when there are none.</summary>
    Message? ActiveTasks();
}

/// <summary>Hooks as the loop triggers them.</summary>
internal interface ILoopHooks
{
    /// <summary>Runs the hooks of an event and waits for them.</summary>
    Task<HookVerdict> TriggerAsync(HookEvent hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken);

    /// <summary>Runs the hooks of an event without waiting.</summary>
    void Fire(HookEvent hookEvent, string target, Action<JsonWriter> payload);
}

/// <summary>What hooks decided.</summary>
/// <param name="Block">Whether one of them blocks.</param>
/// <param name="Reason">The first blocker's reason; may be empty.</param>
internal readonly record struct HookVerdict(bool Block, string Reason);
