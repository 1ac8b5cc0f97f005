using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Chat;

/// <summary>What a user says: a text, or a list of parts. Kept in the form received, because events echo it.</summary>
public sealed class UserInput
{
    /// <summary>An input of one text.</summary>
    public UserInput(string text) => Text = text;

    /// <summary>An input of parts.</summary>
    public UserInput(IReadOnlyList<ContentPart> parts) => Parts = parts;

    /// <summary>The text; null when the input is a list of parts.</summary>
    public string? Text { get; }

    /// <summary>The parts; null when the input is a text.</summary>
    public IReadOnlyList<ContentPart>? Parts { get; }

    /// <summary>The input as content of a message.</summary>
    public IReadOnlyList<ContentPart> Content => Parts ?? [new TextPart(Text!)];

    /// <summary>All text parts joined with a blank.</summary>
    public string JoinedText => Text ?? string.Join(' ', Parts!.OfType<TextPart>().Select(static part => part.Text));

    /// <summary>Writes a string or an array of parts, as received.</summary>
    public void Write(JsonWriter writer)
    {
        if (Text is not null)
        {
            writer.Text(Text);
            return;
        }

        writer.BeginArray();
        foreach (ContentPart part in Parts!)
        {
            MessageJson.WritePart(writer, part);
        }

        writer.EndArray();
    }

    /// <summary>Reads a string or an array of parts.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static UserInput Read(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new UserInput(value.ReadString()),
        JsonValueKind.Array => new UserInput(MessageJson.ReadContent(value)),
        _ => throw new FormatException("user input must be a string or an array of parts"),
    };
}
