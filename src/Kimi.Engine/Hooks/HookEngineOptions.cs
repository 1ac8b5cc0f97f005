using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Hooks;

/// <summary>What a <see cref="HookEngine"/> needs.</summary>
internal sealed class HookEngineOptions
{
    public required string SessionId { get; init; }

    /// <summary>What payloads name as <c>cwd</c>.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Where commands run; the work directory when null.</summary>
    public string? StartDirectory { get; init; }

    public required IReadOnlyList<HookConfig> Hooks { get; init; }

    /// <summary>Where commands run: this machine, whatever machine the tools work on.</summary>
    public IHost Host { get; init; } = new LocalHost();

    /// <summary>Takes a line on hooks that failed.</summary>
    public Action<string>? Log { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
