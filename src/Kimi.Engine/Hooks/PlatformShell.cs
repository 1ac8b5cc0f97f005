using Kimi.Engine.Hosts;

namespace Kimi.Engine.Hooks;

/// <summary>How a command line of the configuration is run: by <c>sh</c>, on Windows by <c>cmd</c>.</summary>
internal static class PlatformShell
{
    public static HostCommand Command(string commandLine, string workDirectory, ReadOnlyMemory<byte> input) => OperatingSystem.IsWindows()
        ? new HostCommand
        {
            FileName = Environment.GetEnvironmentVariable("ComSpec") is { Length: > 0 } shell ? shell : "cmd.exe",

            // With /s the outer quotes go and the rest is taken as it is.
            RawArguments = $"/d /s /c \"{commandLine}\"",
            WorkingDirectory = workDirectory,
            StandardInput = input,
        }
        : new HostCommand
        {
            FileName = "/bin/sh",
            Arguments = ["-c", commandLine],
            WorkingDirectory = workDirectory,
            StandardInput = input,
        };
}
