using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Chat;

/// <summary>The JSON of tool results and display blocks, and the tool message a result becomes.</summary>
public static class ToolResultJson
{
    /// <summary>The message of an error result that has none; the model must be told something.</summary>
    public const string MissingErrorMessage = "The tool failed without a message.";

    private const string UnexpectedNote = "\nThis is an unexpected error and the tool is probably not working.";

    /// <summary>The tool message that enters the conversation for a result.</summary>
    public static Message ToMessage(string toolCallId, ToolReturnValue value)
    {
        List<ContentPart> parts = [];
        if (value.IsError)
        {
            string message = value.Message.Length == 0 ? MissingErrorMessage : value.Message;
            parts.Add(System($"ERROR: {message}{(value.IsUnexpected ? UnexpectedNote : "")}"));
        }
        else if (value.Message.Length > 0)
        {
            parts.Add(System(value.Message));
        }

        if (value.OutputParts is not null)
        {
            parts.AddRange(value.OutputParts);
        }
        else if (!string.IsNullOrEmpty(value.OutputText))
        {
            parts.Add(new TextPart(value.OutputText));
        }

        if (parts.Count == 0)
        {
            parts.Add(System("Tool output is empty."));
        }
        else if (!value.IsError && !parts.Any(static part => part is TextPart))
        {
            parts.Insert(0, System("Tool returned non-text content."));
        }

        return new Message(Role.Tool, parts, toolCallId: toolCallId);
    }

    /// <summary>Writes a result's value as the wire has it, nulls included.</summary>
    public static void Write(JsonWriter writer, ToolReturnValue value)
    {
        writer.BeginObject();
        writer.Member("is_error"u8, value.IsError);
        writer.Name("output"u8);
        if (value.OutputParts is not null)
        {
            writer.BeginArray();
            foreach (ContentPart part in value.OutputParts)
            {
                MessageJson.WritePart(writer, part);
            }

            writer.EndArray();
        }
        else
        {
            writer.Text(value.OutputText ?? "");
        }

        writer.Member("message"u8, value.Message);
        writer.Name("display"u8);
        WriteDisplay(writer, value.Display);
        writer.Name("extras"u8);
        if (value.Extras is JsonElement extras)
        {
            writer.Element(extras);
        }
        else
        {
            writer.Null();
        }

        writer.EndObject();
    }

    /// <summary>Writes display blocks as an array.</summary>
    public static void WriteDisplay(JsonWriter writer, IReadOnlyList<DisplayBlock> display)
    {
        writer.BeginArray();
        foreach (DisplayBlock block in display)
        {
            WriteBlock(writer, block);
        }

        writer.EndArray();
    }

    /// <summary>Reads a result's value; <c>is_error</c>, <c>output</c>, <c>message</c> and <c>display</c> must be there.</summary>
    /// <exception cref="FormatException">A member is missing or of another kind.</exception>
    public static ToolReturnValue Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("is_error", out JsonElement isError)
            || isError.ValueKind is not (JsonValueKind.True or JsonValueKind.False)
            || !value.TryGetProperty("output", out JsonElement output) || output.ValueKind is not (JsonValueKind.String or JsonValueKind.Array or JsonValueKind.Object)
            || value.StringOrNull("message") is not string message
            || !value.TryGetProperty("display", out JsonElement display) || display.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("a tool result needs the members is_error, output, message and display");
        }

        return new ToolReturnValue
        {
            IsError = isError.ValueKind == JsonValueKind.True,
            OutputText = output.ValueKind == JsonValueKind.String ? output.ReadString() : null,
            OutputParts = output.ValueKind switch
            {
                JsonValueKind.Array => MessageJson.ReadContent(output),
                JsonValueKind.Object => [MessageJson.ReadPart(output)],
                _ => null,
            },
            Message = message,
            Display = [.. display.EnumerateArray().Select(ReadBlock)],
            Extras = value.TryMember("extras", out JsonElement extras) ? extras.Clone() : null,
        };
    }

    /// <summary>Reads a display block; one of an unknown type is kept with its members under <c>data</c>.</summary>
    /// <exception cref="FormatException">No block.</exception>
    public static DisplayBlock ReadBlock(JsonElement value)
    {
        string type = value.StringOrNull("type") ?? throw new FormatException("a display block must have a string member 'type'");
        return type switch
        {
            "brief" => new BriefBlock(Text(value, "text")),
            "diff" => new DiffBlock(
                Text(value, "path"), Text(value, "old_text"), Text(value, "new_text"),
                (int)value.LongOr("old_start", 1), (int)value.LongOr("new_start", 1), value.BoolOr("is_summary", false)),
            "todo" => new TodoBlock(value.TryMember("items", out JsonElement items) && items.ValueKind == JsonValueKind.Array
                ? [.. items.EnumerateArray().Select(static item => new TodoItem(Text(item, "title"), TodoItem.ParseStatus(item.StringOrNull("status")) ?? throw new FormatException("a todo item must have a status")))]
                : throw new FormatException("a todo block must have the member 'items'")),
            "shell" => new ShellBlock(Text(value, "language"), Text(value, "command")),
            "background_task" => new BackgroundTaskBlock(Text(value, "task_id"), Text(value, "kind"), Text(value, "status"), Text(value, "description")),
            _ => new UnknownBlock(type, Rest(value)),
        };

        static string Text(JsonElement block, string name) =>
            block.StringOrNull(name) ?? throw new FormatException($"a display block needs the member '{name}'");
    }

    private static TextPart System(string text) => new($"<system>{text}</system>");

    private static JsonElement Rest(JsonElement value)
    {
        // A block that we wrote ourselves is read back as it was, not nested once more.
        if (value.TryGetProperty("data", out JsonElement data) && data.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 2)
        {
            return data.Clone();
        }

        JsonWriter writer = new();
        writer.BeginObject();
        foreach (JsonProperty member in value.EnumerateObject().Where(static member => member.Name != "type"))
        {
            writer.Name(member.Name.AsSpan());
            writer.Element(member.Value);
        }

        writer.EndObject();
        using JsonDocument document = JsonDocument.Parse(writer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void WriteBlock(JsonWriter writer, DisplayBlock block)
    {
        writer.BeginObject();
        writer.Member("type"u8, block.Type);
        switch (block)
        {
            case BriefBlock brief:
                writer.Member("text"u8, brief.Text);
                break;
            case DiffBlock diff:
                writer.Member("path"u8, diff.Path);
                writer.Member("old_text"u8, diff.OldText);
                writer.Member("new_text"u8, diff.NewText);
                writer.Member("old_start"u8, diff.OldStart);
                writer.Member("new_start"u8, diff.NewStart);
                writer.Member("is_summary"u8, diff.IsSummary);
                break;
            case TodoBlock todo:
                writer.Name("items"u8);
                writer.BeginArray();
                foreach (TodoItem item in todo.Items)
                {
                    writer.BeginObject();
                    writer.Member("title"u8, item.Title);
                    writer.Member("status"u8, item.StatusName);
                    writer.EndObject();
                }

                writer.EndArray();
                break;
            case ShellBlock shell:
                writer.Member("language"u8, shell.Language);
                writer.Member("command"u8, shell.Command);
                break;
            case BackgroundTaskBlock task:
                writer.Member("task_id"u8, task.TaskId);
                writer.Member("kind"u8, task.Kind);
                writer.Member("status"u8, task.Status);
                writer.Member("description"u8, task.Description);
                break;
            case UnknownBlock unknown:
                writer.Name("data"u8);
                writer.Element(unknown.Data);
                break;
        }

        writer.EndObject();
    }
}
