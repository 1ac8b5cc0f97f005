using System.Diagnostics;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Background;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>A session directory with background tasks, and what tests do with them.</summary>
internal sealed class BackgroundFixture : IDisposable
{
    public BackgroundFixture(TimeProvider? time = null, BackgroundConfig? config = null, IReadOnlyList<string>? worker = null, string host = "local")
    {
        Session = Directory.Make("session");
        Work = Directory.Make("work");
        Settings = new BackgroundSettings
        {
            SessionDirectory = Session,
            SessionId = "s1",
            WorkDirectory = Work,
            Shell = ShellDetection.Detect(),
            HostName = host,
            Config = config ?? Quick,
            Time = time ?? TimeProvider.System,
            WorkerCommand = worker ?? WorkerCommand,
            CancelApprovals = Cancelled.Add,
            AgentLost = Lost.Add,
        };
        Tasks = new BackgroundTasks(Settings);
    }

    /// <summary>Short intervals, so that nothing has to be waited for.</summary>
    public static BackgroundConfig Quick { get; } = new() { WaitPollIntervalMs = 50, WorkerHeartbeatIntervalMs = 100, KillGracePeriodMs = 300 };

    public static IReadOnlyList<string> WorkerCommand { get; } =
        [Path.Join(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Kimi.Testing.exe" : "Kimi.Testing"), "background-task-worker"];

    public TempDirectory Directory { get; } = new();

    public string Session { get; }

    public string Work { get; }

    public BackgroundSettings Settings { get; }

    public BackgroundTasks Tasks { get; }

    public List<string> Cancelled { get; } = [];

    public List<AgentTaskPayload> Lost { get; } = [];

    public static ToolCallContext Call(CallSource? source = null) => new()
    {
        Call = new ToolCall("call-1", "Shell", "{}"),
        Source = source ?? new CallSource(CallSource.ForegroundTurn, "turn"),
        Wire = new WireHub(),
    };

    /// <summary>A task on disk that no worker runs.</summary>
    public TaskFiles Put(string id, TaskRuntime runtime, TaskSpec? spec = null)
    {
        TaskFiles files = new(Path.Join(Session, "tasks", id));
        files.Create(spec ?? Spec(id), runtime);
        return files;
    }

    public TaskSpec Spec(string id, string command = "true", int timeout = 60, string description = "a task") => new()
    {
        Id = id,
        Kind = id.StartsWith("agent", StringComparison.Ordinal) ? TaskSpec.Agent : TaskSpec.Shell,
        SessionId = "s1",
        Description = description,
        ToolCallId = "call-1",
        CreatedAt = 1000,
        Command = command,
        ShellName = Settings.Shell.Name,
        ShellPath = Settings.Shell.Path,
        WorkingDirectory = Work,
        TimeoutSeconds = timeout,
    };

    /// <summary>Runs a worker in this process.</summary>
    public async Task<TaskRuntime> WorkAsync(TaskSpec spec, TaskControl? control = null, CancellationToken stop = default)
    {
        TaskFiles files = Put(spec.Id, new TaskRuntime { Status = TaskStates.Starting, UpdatedAt = 1000 }, spec);
        if (control is not null)
        {
            files.WriteControl(control);
        }

        await BackgroundWorker.RunAsync(
            files.Directory, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(300), stop);
        return files.ReadRuntime();
    }

    public string Output(string id) => File.ReadAllText(Path.Join(Session, "tasks", id, "output.log"));

    public JsonElement Json(string id, string file) => LenientJson.Parse(File.ReadAllText(Path.Join(Session, "tasks", id, file)));

    /// <summary>Whether a process is gone, or about to be.</summary>
    public static async Task<bool> IsGoneAsync(int pid, CancellationToken cancellationToken)
    {
        try
        {
            using Process process = Process.GetProcessById(pid);
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(10));
            await process.WaitForExitAsync(limit.Token);
            return true;
        }
        catch (ArgumentException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose() => Directory.Dispose();
}
