using System.Globalization;
using System.Runtime.InteropServices;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Turns.Background;

/// <summary>
/// The process that runs one command of a session in the background, and outlives the session if it must. A face hosts it: it
/// calls <see cref="RunAsync(IReadOnlyList{string}, CancellationToken)"/> with the arguments it was given.
/// </summary>
public static class BackgroundWorker
{
    /// <summary>The hidden command of the <c>kimi</c> executable.</summary>
    public const string CommandName = "__background-task-worker";

    private static readonly TimeSpan s_stopPoll = TimeSpan.FromMilliseconds(50);

    /// <summary>The arguments of a worker, behind those that make a process host one.</summary>
    internal static IReadOnlyList<string> Arguments(string taskDirectory, int heartbeatMs, int pollMs, int graceMs) =>
    [
        "--task-dir", taskDirectory,
        "--heartbeat-interval-ms", heartbeatMs.ToString(CultureInfo.InvariantCulture),
        "--control-poll-interval-ms", pollMs.ToString(CultureInfo.InvariantCulture),
        "--kill-grace-period-ms", graceMs.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Runs a worker by its command-line arguments; returns the exit code of the process.</summary>
    /// <param name="arguments"><c>--task-dir DIR --heartbeat-interval-ms N --control-poll-interval-ms N --kill-grace-period-ms N</c>.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        string? directory = null;
        int heartbeat = 5000;
        int poll = 500;
        int grace = 2000;
        for (int i = 0; i + 1 < arguments.Count; i += 2)
        {
            string value = arguments[i + 1];
            bool valid = true;
            switch (arguments[i])
            {
                case "--task-dir":
                    directory = value;
                    break;
                case "--heartbeat-interval-ms":
                    valid = Milliseconds(value, ref heartbeat);
                    break;
                case "--control-poll-interval-ms":
                    valid = Milliseconds(value, ref poll);
                    break;
                case "--kill-grace-period-ms":
                    valid = Milliseconds(value, ref grace);
                    break;
                default:
                    valid = false;
                    break;
            }

            if (!valid)
            {
                return 2;
            }
        }

        if (directory is null || arguments.Count % 2 != 0 || !Directory.Exists(directory))
        {
            return 2;
        }

        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            ended.Cancel();
        });
        await RunAsync(
            directory, TimeSpan.FromMilliseconds(heartbeat), TimeSpan.FromMilliseconds(poll), TimeSpan.FromMilliseconds(grace), ended.Token).ConfigureAwait(false);
        return 0;
    }

    /// <summary>Runs the command of a task to its end; what becomes of it is in the task's files.</summary>
    /// <param name="taskDirectory">The task's directory.</param>
    /// <param name="heartbeat">Time between two signs of life.</param>
    /// <param name="poll">Time between two looks for a request to end.</param>
    /// <param name="grace">Time between asking the command to end and killing it.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    public static async Task RunAsync(string taskDirectory, TimeSpan heartbeat, TimeSpan poll, TimeSpan grace, CancellationToken cancellationToken)
    {
        TaskFiles files = new(taskDirectory);
        DetachedProcess? child = null;
        try
        {
            double now = Now();
            files.Update(runtime => runtime with
            {
                Status = TaskStates.Starting,
                WorkerPid = Environment.ProcessId,
                StartedAt = now,
                HeartbeatAt = now,
                UpdatedAt = now,
            });
            if (files.ReadControl() is { KillRequestedAt: not null } control)
            {
                Finish(files, runtime => runtime with
                {
                    Status = TaskStates.Killed,
                    Interrupted = true,
                    FailureReason = control.KillReason ?? "Killed before command start",
                });
                return;
            }

            if (files.ReadSpec() is not { Command: string command, ShellPath: string shell, WorkingDirectory: string directory } spec)
            {
                Finish(files, static runtime => runtime with { Status = TaskStates.Failed, FailureReason = "Task spec is incomplete for bash worker" });
                return;
            }

            child = DetachedProcess.Start(
                new HostCommand
                {
                    FileName = shell,
                    Arguments = ["-c", command],
                    WorkingDirectory = directory,
                    Environment = new Dictionary<string, string?> { ["SHELL"] = shell },
                },
                files.OutputPath);
            now = Now();
            DetachedProcess started = child;
            files.Update(runtime => runtime with
            {
                Status = TaskStates.Running,
                ChildPid = started.Id,
                ChildGroup = started.Group,
                HeartbeatAt = now,
                UpdatedAt = now,
            });
            TimeSpan? limit = spec.TimeoutSeconds is int seconds ? TimeSpan.FromSeconds(seconds) : null;
            bool timedOut = await WatchAsync(files, child, limit, heartbeat, poll, grace, cancellationToken).ConfigureAwait(false);
            int code = await child.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            Finish(files, runtime => Ended(runtime, code, timedOut, spec.TimeoutSeconds, files.ReadControl(), cancellationToken.IsCancellationRequested));
        }
        catch (Exception e)
        {
            if (child is not null)
            {
                await child.KillTreeAsync().ConfigureAwait(false);
            }

            try
            {
                Finish(files, runtime => runtime with { Status = TaskStates.Failed, FailureReason = e.Message });
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // The task's directory is gone, and with it everybody who would ask.
            }
        }
    }

    private static TaskRuntime Ended(TaskRuntime runtime, int code, bool timedOut, int? limit, TaskControl control, bool cancelled)
    {
        runtime = runtime with { ExitCode = code };
        if (timedOut)
        {
            return runtime with { Status = TaskStates.Failed, Interrupted = true, TimedOut = true, FailureReason = $"Command timed out after {limit}s" };
        }

        if (cancelled || control.KillRequestedAt is not null)
        {
            return runtime with { Status = TaskStates.Killed, Interrupted = true, FailureReason = control.KillReason ?? "Killed" };
        }

        return code == 0
            ? runtime with { Status = TaskStates.Completed, FailureReason = null }
            : runtime with { Status = TaskStates.Failed, FailureReason = $"Command failed with exit code {code}" };
    }

    /// <summary>Waits until the command has ended and, if it was stopped, all it started; returns whether its time was over.</summary>
    private static async Task<bool> WatchAsync(
        TaskFiles files, DetachedProcess child, TimeSpan? limit, TimeSpan heartbeat, TimeSpan poll, TimeSpan grace, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        long start = time.GetTimestamp();
        long beat = start;
        long? stopped = null;
        bool timedOut = false;
        bool killed = false;
        Task<int> end = child.WaitAsync(CancellationToken.None);
        using WakeUp wakeUp = new(cancellationToken);
        while (true)
        {
            if (end.IsCompleted)
            {
                if (stopped is null)
                {
                    if (!IsStopWanted())
                    {
                        return false;
                    }

                    // Somebody else asked the group to end: what did not listen gets its time, then no more.
                    stopped = time.GetTimestamp();
                }

                if (killed || !child.IsGroupAlive)
                {
                    return timedOut;
                }
            }

            TimeSpan wait = stopped is null ? poll : s_stopPoll;
            if (stopped is null && limit is TimeSpan all)
            {
                TimeSpan left = all - time.GetElapsedTime(start);
                wait = left < TimeSpan.Zero ? TimeSpan.Zero : left < wait ? left : wait;
            }

            await wakeUp.WaitAsync(end, wait, stopped is not null).ConfigureAwait(false);
            if (time.GetElapsedTime(beat) >= heartbeat)
            {
                beat = time.GetTimestamp();
                double now = Now();
                files.Update(runtime => runtime with { HeartbeatAt = now, UpdatedAt = now });
            }

            if (stopped is long moment)
            {
                if (!killed && time.GetElapsedTime(moment) >= grace)
                {
                    killed = true;
                    await child.KillTreeAsync().ConfigureAwait(false);
                }
            }
            else if (!end.IsCompleted)
            {
                timedOut = limit is TimeSpan span && time.GetElapsedTime(start) >= span;
                if (timedOut || IsStopWanted())
                {
                    stopped = time.GetTimestamp();
                    child.Terminate();
                }
            }
        }

        bool IsStopWanted() => cancellationToken.IsCancellationRequested || files.ReadControl().KillRequestedAt is not null;
    }

    private static void Finish(TaskFiles files, Func<TaskRuntime, TaskRuntime> change)
    {
        double now = Now();
        files.Update(runtime => change(runtime) with { FinishedAt = now, UpdatedAt = now });
    }

    private static double Now() => StoredJson.Seconds(TimeProvider.System);

    private static bool Milliseconds(string text, ref int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0;

    /// <summary>Waits for the end of the command or for the time of the next look, whichever a signal does not bring earlier.</summary>
    private sealed class WakeUp : IDisposable
    {
        private readonly CancellationToken _cancellation;
        private readonly SemaphoreSlim _signal = new(0);
        private readonly PosixSignalRegistration? _registration;

        public WakeUp(CancellationToken cancellation)
        {
            _cancellation = cancellation;
            _registration = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => _signal.Release());
        }

        public async Task WaitAsync(Task end, TimeSpan wait, bool stopping)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(stopping ? CancellationToken.None : _cancellation);
            Task signal = _signal.WaitAsync(wait, over.Token);
            await (end.IsCompleted ? Task.WhenAny(signal) : Task.WhenAny(end, signal)).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }

        public void Dispose()
        {
            _registration?.Dispose();
            _signal.Dispose();
        }
    }
}
