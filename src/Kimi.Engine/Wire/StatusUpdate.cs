using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>Facts that have changed; null means no change.</summary>
public sealed record StatusUpdate : WireEvent
{
    /// <summary>Share of the context window in use, 0 to 1.</summary>
    public double? ContextUsage { get; init; }

    /// <summary>Tokens in the context.</summary>
    public long? ContextTokens { get; init; }

    /// <summary>Size of the context window in tokens.</summary>
    public long? MaxContextTokens { get; init; }

    /// <summary>Usage of the model answer just received.</summary>
    public TokenUsage? TokenUsage { get; init; }

    /// <summary>The provider's id of that answer.</summary>
    public string? MessageId { get; init; }

    /// <summary>Whether plan mode is on.</summary>
    public bool? PlanMode { get; init; }

    /// <summary>State of the MCP servers.</summary>
    public McpStatus? McpStatus { get; init; }

    /// <inheritdoc/>
    public override string Type => "StatusUpdate";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("context_usage"u8, ContextUsage);
        writer.Member("context_tokens"u8, ContextTokens);
        writer.Member("max_context_tokens"u8, MaxContextTokens);
        writer.Name("token_usage"u8);
        if (TokenUsage is null)
        {
            writer.Null();
        }
        else
        {
            writer.BeginObject();
            writer.Member("input_other"u8, TokenUsage.InputOther);
            writer.Member("output"u8, TokenUsage.Output);
            writer.Member("input_cache_read"u8, TokenUsage.InputCacheRead);
            writer.Member("input_cache_creation"u8, TokenUsage.InputCacheCreation);
            writer.EndObject();
        }

        writer.Member("message_id"u8, MessageId);
        writer.Name("plan_mode"u8);
        if (PlanMode is bool plan)
        {
            writer.Bool(plan);
        }
        else
        {
            writer.Null();
        }

        writer.Name("mcp_status"u8);
        if (McpStatus is null)
        {
            writer.Null();
        }
        else
        {
            McpStatus.Write(writer);
        }

        writer.EndObject();
    }
}

/// <summary>State of all MCP servers.</summary>
/// <param name="Loading">Whether servers are still connecting.</param>
/// <param name="Connected">How many are connected.</param>
/// <param name="Total">How many are configured.</param>
/// <param name="Tools">Tools of all servers together.</param>
/// <param name="Servers">Each server, in configuration order.</param>
public sealed record McpStatus(bool Loading, int Connected, int Total, int Tools, IReadOnlyList<McpServerStatus> Servers)
{
    internal void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("loading"u8, Loading);
        writer.Member("connected"u8, Connected);
        writer.Member("total"u8, Total);
        writer.Member("tools"u8, Tools);
        writer.Name("servers"u8);
        writer.BeginArray();
        foreach (McpServerStatus server in Servers)
        {
            writer.BeginObject();
            writer.Member("name"u8, server.Name);
            writer.Member("status"u8, server.Status);
            writer.Name("tools"u8);
            writer.BeginArray();
            foreach (string tool in server.Tools)
            {
                writer.Text(tool);
            }

            writer.EndArray();
            writer.EndObject();
        }

        writer.EndArray();
        writer.EndObject();
    }
}

/// <summary>State of one MCP server.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Status"><c>pending</c>, <c>connecting</c>, <c>connected</c>, <c>failed</c> or <c>unauthorized</c>.</param>
/// <param name="Tools">Names of its tools.</param>
public sealed record McpServerStatus(string Name, string Status, IReadOnlyList<string> Tools);
