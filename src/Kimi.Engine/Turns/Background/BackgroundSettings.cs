using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Turns.Background;

/// <summary>What background tasks need to know of their session.</summary>
internal sealed class BackgroundSettings
{
    public required string SessionDirectory { get; init; }

    public required string SessionId { get; init; }

    public required string WorkDirectory { get; init; }

    public required ShellEnvironment Shell { get; init; }

    /// <summary>Name of the machine the tools work on; there are background tasks on the local one only.</summary>
    public required string HostName { get; init; }

    public required BackgroundConfig Config { get; init; }

    public NotificationsConfig Notifications { get; init; } = new();

    /// <summary>Program and leading arguments that host a worker; null when the face has none.</summary>
    public IReadOnlyList<string>? WorkerCommand { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Rejects the approval requests of a source that is over.</summary>
    public Action<string> CancelApprovals { get; init; } = static _ => { };

    /// <summary>The instance of a background agent that is no longer there.</summary>
    public Action<AgentTaskPayload>? AgentLost { get; set; }

    public Action<string, string> Log { get; init; } = static (_, _) => { };
}
