namespace Kimi.Engine.Turns.Background;

/// <summary>The directory of one background task. Written by the session and, for commands, by the worker process.</summary>
internal sealed class TaskFiles(string directory)
{
    public string Directory => directory;

    public string OutputPath => Path.Join(directory, "output.log");

    private string RuntimePath => Path.Join(directory, "runtime.json");

    private string ControlPath => Path.Join(directory, "control.json");

    private string ConsumerPath => Path.Join(directory, "consumer.json");

    private string SpecPath => Path.Join(directory, "spec.json");

    /// <summary>Makes all files of a new task.</summary>
    public void Create(TaskSpec spec, TaskRuntime runtime)
    {
        System.IO.Directory.CreateDirectory(directory);
        WriteRuntime(runtime);
        WriteControl(new TaskControl());
        StoredJson.Write(ConsumerPath, new TaskConsumer().Write);
        File.WriteAllBytes(OutputPath, []);

        // Last: a directory without it is no task.
        StoredJson.Write(SpecPath, spec.Write);
    }

    public TaskSpec? ReadSpec() => StoredJson.Read(SpecPath) is { } value ? TaskSpec.Read(value) : null;

    public TaskRuntime ReadRuntime() => (StoredJson.Read(RuntimePath) is { } value ? TaskRuntime.Read(value) : null) ?? new TaskRuntime();

    public TaskControl ReadControl() => StoredJson.Read(ControlPath) is { } value ? TaskControl.Read(value) : new TaskControl();

    public TaskConsumer ReadConsumer() => StoredJson.Read(ConsumerPath) is { } value ? TaskConsumer.Read(value) : new TaskConsumer();

    public void WriteControl(TaskControl control) => StoredJson.Write(ControlPath, control.Write);

    public void WriteConsumer(TaskConsumer consumer) => StoredJson.Write(ConsumerPath, consumer.Write);

    /// <summary>Changes the runtime, unless the task has ended; returns what holds then.</summary>
    public TaskRuntime Update(Func<TaskRuntime, TaskRuntime> change)
    {
        TaskRuntime runtime = ReadRuntime();
        if (!runtime.IsTerminal)
        {
            runtime = change(runtime);
            WriteRuntime(runtime);
        }

        return runtime;
    }

    private void WriteRuntime(TaskRuntime runtime) => StoredJson.Write(RuntimePath, runtime.Write);
}
