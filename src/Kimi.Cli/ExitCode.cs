namespace Kimi.Cli;

/// <summary>How the process ends.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    public const int Failure = 1;

    public const int Usage = 2;

    /// <summary>A failure that may be gone at the next try.</summary>
    public const int Retryable = 75;
}
