using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>A fragment of content, or, in the merged stream, a whole part.</summary>
public sealed record ContentEvent(ContentPart Part) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "ContentPart";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer) => MessageJson.WritePart(writer, Part);
}

/// <summary>The model calls a tool; its arguments may still be growing.</summary>
public sealed record ToolCallEvent(ToolCall Call) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "ToolCall";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer) => MessageJson.WriteToolCall(writer, Call, withNulls: true);
}

/// <summary>More of the latest tool call's arguments.</summary>
public sealed record ToolCallPartEvent(ToolCallPart Part) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "ToolCallPart";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("arguments_part"u8, Part.ArgumentsPart);
        writer.EndObject();
    }
}

/// <summary>A tool has finished.</summary>
public sealed record ToolResultEvent(string ToolCallId, ToolReturnValue ReturnValue) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "ToolResult";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("tool_call_id"u8, ToolCallId);
        writer.Name("return_value"u8);
        ToolResultJson.Write(writer, ReturnValue);
        writer.EndObject();
    }
}

/// <summary>Turns the pieces of a model's stream into events and back.</summary>
public static class StreamEvents
{
    /// <summary>The event of a piece.</summary>
    public static WireEvent Of(StreamPart part) => part switch
    {
        ContentPart content => new ContentEvent(content),
        ToolCall call => new ToolCallEvent(call),
        _ => new ToolCallPartEvent((ToolCallPart)part),
    };

    /// <summary>The piece of an event; null when it is no piece of a stream (it cannot be merged then).</summary>
    public static StreamPart? PartOf(WireMessage message) => message switch
    {
        ContentEvent content => content.Part,
        ToolCallEvent call => call.Call,
        ToolCallPartEvent part => part.Part,
        _ => null,
    };
}
