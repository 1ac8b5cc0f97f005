namespace Kimi.Engine.Hosts;

/// <summary>What became of a program that ran to its end or its limit.</summary>
/// <param name="ExitCode">Its exit code; negative when a signal ended it.</param>
/// <param name="Output">The first part of its standard output, invalid UTF-8 replaced.</param>
/// <param name="Error">The first part of its standard error.</param>
/// <param name="TimedOut">It was killed at the limit; the exit code says nothing.</param>
internal readonly record struct CommandResult(int ExitCode, string Output, string Error, bool TimedOut);
