using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>Names of a subagent's states. One that has done its task is idle again and can be resumed.</summary>
internal static class SubagentStates
{
    public const string Idle = "idle";
    public const string Foreground = "running_foreground";
    public const string Background = "running_background";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Killed = "killed";

    public static bool IsRunning(string status) => status is Foreground or Background;

    public static bool IsKnown(string? status) => status is Idle or Foreground or Background or Completed or Failed or Killed;
}

/// <summary>How a subagent was started first.</summary>
internal sealed record SubagentLaunch(string AgentId, string SubagentType, string? ModelOverride, string? EffectiveModel, double CreatedAt);

/// <summary>What is known of a subagent: <c>meta.json</c>.</summary>
internal sealed record SubagentRecord(
    string AgentId, string SubagentType, string Status, string Description, double CreatedAt, double UpdatedAt, string? LastTaskId, SubagentLaunch Launch)
{
    public static SubagentRecord? Read(JsonElement value)
    {
        if (value.StringOrNull("agent_id") is not string id || value.StringOrNull("subagent_type") is not string type
            || value.StringOrNull("status") is not string status || !SubagentStates.IsKnown(status)
            || !value.TryMember("launch_spec", out JsonElement launch) || launch.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        double created = value.DoubleOrNull("created_at") ?? 0;
        return new SubagentRecord(
            id, type, status, value.StringOrNull("description") ?? "", created, value.DoubleOrNull("updated_at") ?? created, value.StringOrNull("last_task_id"),
            new SubagentLaunch(
                launch.StringOrNull("agent_id") ?? id, launch.StringOrNull("subagent_type") ?? type, launch.StringOrNull("model_override"),
                launch.StringOrNull("effective_model"), launch.DoubleOrNull("created_at") ?? created));
    }

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("agent_id"u8, AgentId);
        writer.Member("subagent_type"u8, SubagentType);
        writer.Member("status"u8, Status);
        writer.Member("description"u8, Description);
        writer.Member("created_at"u8, (double?)CreatedAt);
        writer.Member("updated_at"u8, (double?)UpdatedAt);
        writer.Member("last_task_id"u8, LastTaskId);
        writer.Name("launch_spec"u8);
        writer.BeginObject();
        writer.Member("agent_id"u8, Launch.AgentId);
        writer.Member("subagent_type"u8, Launch.SubagentType);
        writer.Member("model_override"u8, Launch.ModelOverride);
        writer.Member("effective_model"u8, Launch.EffectiveModel);
        writer.Member("created_at"u8, (double?)Launch.CreatedAt);
        writer.EndObject();
        writer.EndObject();
    }
}
