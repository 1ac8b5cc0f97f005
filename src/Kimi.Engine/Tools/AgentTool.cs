using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary><c>Agent</c>: hands a task to a subagent.</summary>
internal sealed class AgentTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"description":{"description":"Short label of the task (3-5 words).","type":"string"},"prompt":{"description":"The task, with everything the agent must know.","type":"string"},"subagent_type":{"default":"coder","description":"Type of the agent.","type":"string"},"model":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null,"description":"Model alias; the type's or this agent's model when left out."},"resume":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null,"description":"Id of an agent to go on with, instead of a new one."},"run_in_background":{"default":false,"description":"Return at once; you are notified when it ends.","type":"boolean"},"timeout":{"anyOf":[{"maximum":3600,"minimum":30,"type":"integer"},{"type":"null"}],"default":null,"description":"Seconds the agent may take."}},"required":["description","prompt"],"type":"object"}
        """u8.ToArray();

    private ToolDefinition? _definition;

    public override ToolDefinition Definition => _definition ??= new ToolDefinition(
        "Agent",
        $"""
        Start a subagent for a task of its own, or go on with one (resume). It knows nothing of this conversation: give a complete prompt. Only its last message comes back, and the user does not see it.

        Types:
        {services.Subagents?.DescribeTypes() ?? ""}

        - Good for work that would fill your context, for independent parts (several calls in one response run at the same time), and for broad exploration. For a single file or search use the tools yourself.
        - Say whether it shall write code or only look. Prefer resume over a new agent for the same matter.
        - run_in_background=true only when you have other work meanwhile; do not wait for it by polling.
        """,
        s_schema);

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        SubagentRequest request = new(
            read.Text("description"), read.Text("prompt"), read.Text("subagent_type", "coder"), read.TextOrNull("model"), read.TextOrNull("resume"),
            read.Flag("run_in_background", false), read.WholeOrNull("timeout", 30, 3600));
        read.Check();
        return services.Subagents is null || services.IsSubagent
            ? Task.FromResult(ToolReturnValue.Error("Subagents cannot launch other subagents.", "Agent unavailable"))
            : services.Subagents.RunAsync(request, context, cancellationToken);
    }
}
