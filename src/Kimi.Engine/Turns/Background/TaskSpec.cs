using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>What a background task is: <c>spec.json</c>. Written once.</summary>
internal sealed record TaskSpec
{
    public const string Shell = "bash";
    public const string Agent = "agent";

    public required string Id { get; init; }

    /// <summary><see cref="Shell"/> or <see cref="Agent"/>.</summary>
    public required string Kind { get; init; }

    public required string SessionId { get; init; }

    public required string Description { get; init; }

    public required string ToolCallId { get; init; }

    public string OwnerRole { get; init; } = "root";

    public double CreatedAt { get; init; }

    public string? Command { get; init; }

    public string? ShellName { get; init; }

    public string? ShellPath { get; init; }

    public string? WorkingDirectory { get; init; }

    public int? TimeoutSeconds { get; init; }

    public AgentTaskPayload? Payload { get; init; }

    /// <summary>Reads a specification; null when it is not one.</summary>
    public static TaskSpec? Read(JsonElement value)
    {
        if (value.StringOrNull("id") is not string id || value.StringOrNull("kind") is not (Shell or Agent)
            || value.StringOrNull("session_id") is not string session || value.StringOrNull("description") is not string description
            || value.StringOrNull("tool_call_id") is not string call)
        {
            return null;
        }

        long timeout = value.LongOr("timeout_s", -1);
        return new TaskSpec
        {
            Id = id,
            Kind = value.StringOrNull("kind")!,
            SessionId = session,
            Description = description,
            ToolCallId = call,
            OwnerRole = value.StringOrNull("owner_role") switch { null or "root" => "root", _ => "subagent" },
            CreatedAt = value.DoubleOrNull("created_at") ?? 0,
            Command = value.StringOrNull("command"),
            ShellName = value.StringOrNull("shell_name"),
            ShellPath = value.StringOrNull("shell_path"),
            WorkingDirectory = value.StringOrNull("cwd"),
            TimeoutSeconds = timeout is >= 0 and <= int.MaxValue ? (int)timeout : null,
            Payload = value.TryMember("kind_payload", out JsonElement payload) ? AgentTaskPayload.Read(payload) : null,
        };
    }

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("version"u8, 1);
        writer.Member("id"u8, Id);
        writer.Member("kind"u8, Kind);
        writer.Member("session_id"u8, SessionId);
        writer.Member("description"u8, Description);
        writer.Member("tool_call_id"u8, ToolCallId);
        writer.Member("owner_role"u8, OwnerRole);
        writer.Member("created_at"u8, (double?)CreatedAt);
        writer.Member("command"u8, Command);
        writer.Member("shell_name"u8, ShellName);
        writer.Member("shell_path"u8, ShellPath);
        writer.Member("cwd"u8, WorkingDirectory);
        writer.Member("timeout_s"u8, (long?)TimeoutSeconds);
        writer.Name("kind_payload"u8);
        if (Payload is null)
        {
            writer.Null();
        }
        else
        {
            Payload.Write(writer);
        }

        writer.EndObject();
    }
}

/// <summary>What belongs to a background agent beside the task.</summary>
internal sealed record AgentTaskPayload(string AgentId, string SubagentType, string Prompt, string? ModelOverride)
{
    public static AgentTaskPayload? Read(JsonElement value) =>
        value.StringOrNull("agent_id") is string agent
            ? new AgentTaskPayload(agent, value.StringOrNull("subagent_type") ?? "", value.StringOrNull("prompt") ?? "", value.StringOrNull("model_override"))
            : null;

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("agent_id"u8, AgentId);
        writer.Member("subagent_type"u8, SubagentType);
        writer.Member("prompt"u8, Prompt);
        writer.Member("model_override"u8, ModelOverride);
        writer.Member("launch_mode"u8, "background");
        writer.EndObject();
    }
}
