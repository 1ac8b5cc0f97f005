namespace Kimi.PowerShell.Tools;

/// <summary>Statements of a script block that would go on to the loops or the script of whoever runs the turn.</summary>
internal static class Unwinding
{
    public const string Exit = "called exit, which is not allowed here.";

    public const string Break = "used break or continue outside of a loop.";

    /// <summary>What the block did, as the end of a sentence; null if the exception is another one.</summary>
    public static string? Describe(Exception exception) => exception.GetType().Name switch
    {
        "ExitException" => Exit,
        "BreakException" or "ContinueException" => Break,
        _ => null,
    };
}
