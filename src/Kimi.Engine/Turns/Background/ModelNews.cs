namespace Kimi.Engine.Turns.Background;

/// <summary>Whether background tasks have something for the model, after a turn that took nothing of it no longer.</summary>
internal sealed class ModelNews(BackgroundTasks tasks)
{
    private List<string> _told = [];

    /// <summary>Whether something waits, and not the very same as the last time.</summary>
    public bool Take()
    {
        List<string> pending = tasks.Notifications.PendingIds(NotificationSinks.Model);
        if (pending.Count == 0 || pending.SequenceEqual(_told))
        {
            return false;
        }

        _told = pending;
        return true;
    }
}
