using Kimi.Cli.Options;

namespace Kimi.Cli;

/// <summary>Opens a session and hands it to the face that was asked for.</summary>
internal static class Launcher
{
    public static Task<int> RunAsync(KimiOptions options) => Task.FromResult(options.Mode == UiMode.Shell ? ExitCode.Failure : ExitCode.Success);
}
