using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>
/// Everything the engine says: events and requests of Kimi's wire catalogue (protocol 1.10). The only event family of the
/// engine; faces map it once.
/// </summary>
public abstract record WireMessage
{
    /// <summary>The protocol's version.</summary>
    public const string ProtocolVersion = "1.10";

    /// <summary>The message's type name on the wire.</summary>
    public abstract string Type { get; }

    /// <summary>Writes the payload object; absent values are written as <c>null</c>.</summary>
    public abstract void WritePayload(JsonWriter writer);

    /// <summary>Writes the envelope <c>{"type": …, "payload": …}</c>.</summary>
    public void WriteEnvelope(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("type"u8, Type);
        writer.Name("payload"u8);
        WritePayload(writer);
        writer.EndObject();
    }
}

/// <summary>A message that wants no answer.</summary>
public abstract record WireEvent : WireMessage;

/// <summary>A message without members.</summary>
public abstract record EmptyEvent : WireEvent
{
    /// <inheritdoc/>
    public sealed override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.EndObject();
    }
}
