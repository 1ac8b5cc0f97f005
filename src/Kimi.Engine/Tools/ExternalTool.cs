using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools;

/// <summary>A tool that the wire client registered and runs itself.</summary>
public sealed class ExternalTool : Tool
{
    private readonly JsonSchema _schema;

    /// <summary>Makes the tool of a registration.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its description; an empty one is replaced.</param>
    /// <param name="parameters">The schema of its arguments.</param>
    public ExternalTool(string name, string description, JsonElement parameters)
    {
        _schema = JsonSchema.Defer(parameters.Clone());
        JsonWriter writer = new();
        writer.Element(parameters);
        Definition = new ToolDefinition(name, description.Length > 0 ? description : "No description provided.", writer.ToArray());
    }

    /// <inheritdoc/>
    public override ToolDefinition Definition { get; }

    /// <inheritdoc/>
    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        SchemaArguments.Check(_schema, arguments);
        ToolCallRequest request = new(Name, context.Call.Arguments) { Id = context.Call.Id };
        try
        {
            await context.Wire.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return await request.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            request.Abandon(turnEnded: true);
            throw;
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return ToolReturnValue.Error($"External tool call failed: {e.Message}", "External tool error");
        }
    }
}
