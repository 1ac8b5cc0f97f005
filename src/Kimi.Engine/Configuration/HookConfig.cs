namespace Kimi.Engine.Configuration;

/// <summary>An entry of <c>[[hooks]]</c>: a command that runs at an event.</summary>
public sealed record HookConfig
{
    /// <summary>The names an event can have, in the order the wire protocol lists them.</summary>
    public static IReadOnlyList<string> EventNames { get; } =
    [
        "PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "Stop", "StopFailure", "SessionStart",
        "SessionEnd", "SubagentStart", "SubagentStop", "PreCompact", "PostCompact", "Notification",
    ];

    /// <summary>One of <see cref="EventNames"/>.</summary>
    public required string Event { get; init; }

    /// <summary>The shell command line.</summary>
    public required string Command { get; init; }

    /// <summary>A regular expression to be found in the event's matcher value; empty for all.</summary>
    public string Matcher { get; init; } = "";

    /// <summary>Seconds the command may take.</summary>
    public int Timeout { get; init; } = 30;
}
