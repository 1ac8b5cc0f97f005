using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Background;

/// <summary>A task and how it was doing when it was looked at.</summary>
internal sealed record TaskView(TaskSpec Spec, TaskRuntime Runtime, TaskFiles Files)
{
    public bool IsTerminal => Runtime.IsTerminal;

    public BackgroundTaskInfo ToInfo() => new(
        Spec.Id, Spec.Kind, Runtime.Status, Spec.Description, Spec.Command, Runtime.ExitCode, Runtime.FailureReason, Runtime.Interrupted,
        Runtime.TimedOut, IsTerminal, Spec.Payload?.AgentId, Spec.Payload?.SubagentType, File.Exists(Files.OutputPath) ? Files.OutputPath : null);
}
