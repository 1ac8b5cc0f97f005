namespace Kimi.Engine.Configuration;

/// <summary><c>[background]</c>: background tasks.</summary>
public sealed record BackgroundConfig
{
    /// <summary>Tasks running at the same time.</summary>
    public int MaxRunningTasks { get; init; } = 4;

    /// <summary>Bytes of output read at once.</summary>
    public int ReadMaxBytes { get; init; } = 30000;

    /// <summary>Lines of output in a notification.</summary>
    public int NotificationTailLines { get; init; } = 20;

    /// <summary>Characters of output in a notification.</summary>
    public int NotificationTailChars { get; init; } = 3000;

    /// <summary>Milliseconds between looks at a task that is waited for.</summary>
    public int WaitPollIntervalMs { get; init; } = 500;

    /// <summary>Milliseconds between two signs of life of a worker.</summary>
    public int WorkerHeartbeatIntervalMs { get; init; } = 5000;

    /// <summary>Milliseconds without a sign of life after which a worker counts as lost.</summary>
    public int WorkerStaleAfterMs { get; init; } = 15000;

    /// <summary>Milliseconds between asking a task to end and killing it.</summary>
    public int KillGracePeriodMs { get; init; } = 2000;

    /// <summary>Whether tasks outlive the process.</summary>
    public bool KeepAliveOnExit { get; init; }

    /// <summary>Seconds a background agent may take.</summary>
    public int AgentTaskTimeoutS { get; init; } = 900;

    /// <summary>Seconds print mode waits for tasks at most.</summary>
    public int PrintWaitCeilingS { get; init; } = 3600;
}
