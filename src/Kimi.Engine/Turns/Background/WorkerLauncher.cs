using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Turns.Background;

/// <summary>Starts worker processes.</summary>
internal static class WorkerLauncher
{
    /// <summary>Starts the worker of a task; it goes on by itself.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static void Launch(IReadOnlyList<string>? workerCommand, TaskFiles files, BackgroundConfig config, string workDirectory)
    {
        if (workerCommand is not [string program, ..])
        {
            throw new IOException("This program cannot run commands in the background.");
        }

        DetachedProcess worker = DetachedProcess.Start(
            new HostCommand
            {
                FileName = program,
                Arguments =
                [
                    .. workerCommand.Skip(1),
                    .. BackgroundWorker.Arguments(files.Directory, config.WorkerHeartbeatIntervalMs, config.WaitPollIntervalMs, config.KillGracePeriodMs),
                ],
                WorkingDirectory = workDirectory,
            },
            outputPath: null);

        // Somebody must take its status, or it stays as a zombie as long as this process lives.
        _ = worker.WaitAsync(CancellationToken.None);
    }
}
