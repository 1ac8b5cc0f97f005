using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Answers;

/// <summary>Takes the final answer of a turn.</summary>
internal sealed class FinalAnswerTool : Tool
{
    /// <summary>The tool's name.</summary>
    public const string ToolName = "FinalAnswer";

    private readonly FinalAnswer _answer;

    public FinalAnswerTool(FinalAnswer answer, JsonElement parameters)
    {
        _answer = answer;
        JsonWriter writer = new();
        writer.Element(parameters);
        Definition = new ToolDefinition(ToolName, "Gives the final answer of this turn, in the form that the user's program needs. Call it once, when the work is done.", writer.ToArray());
    }

    /// <inheritdoc/>
    public override ToolDefinition Definition { get; }

    /// <inheritdoc/>
    public override bool IsReadOnly => true;

    /// <inheritdoc/>
    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken) =>
        Task.FromResult(_answer.Take(arguments) is string fault
            ? ToolReturnValue.Error($"The answer does not fit its schema: {fault}", "Answer does not fit")
            : ToolReturnValue.Ok("", "The answer was taken.", "Answer taken"));
}
