namespace Kimi.Engine.Turns.Background;

/// <summary>Whether background tasks have something new for the model. What one turn did not take is no reason for another.</summary>
internal sealed class ModelNews(BackgroundTasks tasks)
{
    private List<string> _told = [];

    /// <summary>Whether something waits that was not there the last time; now it counts as told.</summary>
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
