namespace Kimi;

/// <summary>A script block that is asked when something is about to happen in a session.</summary>
public sealed class HookInfo
{
    /// <summary>The number of the hook in this process.</summary>
    public required int HookId { get; init; }

    /// <summary>The event, such as <c>PreToolUse</c>.</summary>
    public required string Event { get; init; }

    /// <summary>The regular expression that says which tools (or other targets) are meant; empty for all.</summary>
    public required string Matcher { get; init; }

    /// <summary>The script block as text.</summary>
    public required string Script { get; init; }

    /// <summary>The session it belongs to.</summary>
    public required string SessionId { get; init; }

    /// <summary>Event and matcher.</summary>
    public override string ToString() => Matcher.Length == 0 ? Event : $"{Event} {Matcher}";
}
