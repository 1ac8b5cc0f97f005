using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>A tool that only has a name.</summary>
internal sealed class NamedTool(string name) : Tool
{
    public override ToolDefinition Definition { get; } = new(name, "", "{}");

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken) =>
        Task.FromResult(ToolReturnValue.Ok("own"));
}
