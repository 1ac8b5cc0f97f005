using System.Security;

namespace Kimi.PowerShell.Hosting;

/// <summary>What a cmdlet was told about the session to open; null is for the configuration to say.</summary>
internal sealed record SessionRequest
{
    public string? HostName { get; init; }

    /// <summary>Whether scripts of the agent run in an isolated runspace, not in a pwsh of their own.</summary>
    public bool InProcess { get; init; }

    /// <summary>The work directory; null for that of a login on another machine.</summary>
    public required string? WorkDirectory { get; init; }

    public string? SessionId { get; init; }

    public bool Continue { get; init; }

    public string? Model { get; init; }

    public bool? Thinking { get; init; }

    public bool PlanMode { get; init; }

    public int? MaxStep { get; init; }

    public string? ConfigFile { get; init; }

    /// <summary>The key; never kept as text.</summary>
    public SecureString? ApiKey { get; init; }

    public string? AgentFile { get; init; }

    public string? RecordFile { get; init; }

    public string? ReplayFile { get; init; }

    public IReadOnlyList<string> AddDirectories { get; init; } = [];

    public IReadOnlyList<string>? McpConfigFiles { get; init; }

    public IReadOnlyList<string>? SkillDirectories { get; init; }
}
