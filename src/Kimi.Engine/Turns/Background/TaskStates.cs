namespace Kimi.Engine.Turns.Background;

/// <summary>Names of a background task's states, as files and tools have them.</summary>
internal static class TaskStates
{
    public const string Created = "created";
    public const string Starting = "starting";
    public const string Running = "running";
    public const string AwaitingApproval = "awaiting_approval";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Killed = "killed";
    public const string Lost = "lost";

    /// <summary>Whether a task in this state has ended; such a state never changes.</summary>
    public static bool IsTerminal(string status) => status is Completed or Failed or Killed or Lost;

    /// <summary>Whether there is a state of that name.</summary>
    public static bool IsKnown(string? status) => status is Created or Starting or Running or AwaitingApproval || (status is not null && IsTerminal(status));
}
