using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Background;

/// <summary>Brings notifications to the model and to the wire.</summary>
internal sealed class NotificationFeed(BackgroundTasks tasks, WireHub hub, ILoopHooks hooks) : INotificationFeed
{
    private const int EventsPerPoll = 8;

    private readonly Lock _gate = new();
    private readonly List<Notification> _taken = [];

    /// <inheritdoc/>
    public IReadOnlyList<Message> TakeForModel(int limit)
    {
        if (IsQuiet)
        {
            return [];
        }

        tasks.Reconcile();
        List<Notification> claimed = tasks.Notifications.Claim(NotificationSinks.Model, limit);
        _taken.Clear();
        _taken.AddRange(claimed);
        return claimed.ConvertAll(notification => TaskNotifications.ToMessage(
            notification,
            notification.SourceKind == TaskNotifications.SourceKind ? tasks.FindView(notification.SourceId) : null,
            tasks.Settings.Config));
    }

    /// <inheritdoc/>
    public void ConfirmTaken()
    {
        foreach (Notification notification in _taken)
        {
            tasks.Notifications.Acknowledge(NotificationSinks.Model, notification.Id);
            hooks.Fire(
                HookEvent.Notification, notification.Type, HookPayload.Notification(notification.Type, notification.Title, notification.Body, notification.Severity));
        }

        _taken.Clear();
    }

    /// <inheritdoc/>
    public Message? ActiveTasks() => ActiveTaskList.ToMessage(tasks.Active());

    /// <inheritdoc/>
    public void Announce()
    {
        if (IsQuiet)
        {
            return;
        }

        // One poll at a time, so that events keep the order of the notifications.
        lock (_gate)
        {
            tasks.Reconcile();
            foreach (Notification notification in tasks.Notifications.Claim(NotificationSinks.Wire, EventsPerPoll))
            {
                hub.Post(notification.ToEvent());
                tasks.Notifications.Acknowledge(NotificationSinks.Wire, notification.Id);
            }
        }
    }

    /// <summary>Marks what a restored conversation holds already as delivered to the model.</summary>
    public void Restore(IReadOnlyList<Message> history)
    {
        if (tasks.Notifications.IsEmpty)
        {
            return;
        }

        foreach (Message message in history)
        {
            if (TaskNotifications.IdOf(message) is string id)
            {
                tasks.Notifications.Acknowledge(NotificationSinks.Model, id);
            }
        }
    }

    private bool IsQuiet => !tasks.Exist && tasks.Notifications.IsEmpty;
}
