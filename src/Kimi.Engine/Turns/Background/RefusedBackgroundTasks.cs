using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Background;

/// <summary>Background tasks as a subagent has them: it can make none.</summary>
internal sealed class RefusedBackgroundTasks(IBackgroundTasks inner) : IBackgroundTasks
{
    public Task<BackgroundTaskInfo> StartShellAsync(string command, string description, int timeoutSeconds, ToolCallContext context, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Background tasks are only supported from the root agent.");

    public IReadOnlyList<BackgroundTaskInfo> List() => inner.List();

    public BackgroundTaskInfo? Find(string id) => inner.Find(id);

    public Task<BackgroundTaskInfo> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken) => inner.WaitAsync(id, timeout, cancellationToken);

    public Task<BackgroundTaskInfo> StopAsync(string id, string reason, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Background tasks are only supported from the root agent.");

    public (string Tail, long Size, bool Truncated) ReadTail(string id, int maxBytes) => inner.ReadTail(id, maxBytes);

    public void MarkViewed(string id, long outputSize)
    {
    }
}
