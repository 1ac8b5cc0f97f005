namespace Kimi.Engine.Hooks;

/// <summary>The events that hooks can be attached to, in the order in which the wire protocol lists them.</summary>
internal enum HookEvent
{
    PreToolUse,
    PostToolUse,
    PostToolUseFailure,
    UserPromptSubmit,
    Stop,
    StopFailure,
    SessionStart,
    SessionEnd,
    SubagentStart,
    SubagentStop,
    PreCompact,
    PostCompact,
    Notification,
}
