using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary>What hooks have to say about tool calls. The calls after a tool are not waited for and must not throw.</summary>
public interface IToolHooks
{
    /// <summary>Before a tool runs; returns null, or why it must not (the text may be empty).</summary>
    ValueTask<string?> BeforeAsync(ToolCallContext context, JsonElement arguments, CancellationToken cancellationToken);

    /// <summary>After a tool has returned, also with an error.</summary>
    void After(ToolCallContext context, JsonElement arguments, ToolReturnValue result);

    /// <summary>After a tool has thrown.</summary>
    void Failed(ToolCallContext context, JsonElement arguments, string error);
}
