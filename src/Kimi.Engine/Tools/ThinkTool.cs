using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary><c>Think</c>: notes a thought and does nothing.</summary>
internal sealed class ThinkTool : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"thought":{"description":"The thought.","type":"string"}},"required":["thought"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "Think",
        "Note a thought. It gets no new information and changes nothing; use it for complex reasoning between other calls.",
        s_schema);

    public override bool IsReadOnly => true;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        read.Text("thought");
        read.Check();
        return Task.FromResult(ToolReturnValue.Ok("", "Thought logged"));
    }
}
