using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>To-do lists in state files.</summary>
internal static class TodoJson
{
    /// <summary>Reads the member <c>todos</c>; malformed items are skipped.</summary>
    public static TodoItem[] Read(JsonElement state)
    {
        if (!state.TryMember("todos", out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            return [];
        }

        List<TodoItem> items = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.StringOrNull("title") is { Length: > 0 } title && TodoItem.ParseStatus(item.StringOrNull("status")) is TodoStatus status)
            {
                items.Add(new TodoItem(title, status));
            }
        }

        return [.. items];
    }

    /// <summary>Writes the list as an array.</summary>
    public static void Write(JsonWriter writer, IReadOnlyList<TodoItem> items)
    {
        writer.BeginArray();
        foreach (TodoItem item in items)
        {
            writer.BeginObject();
            writer.Member("title"u8, item.Title);
            writer.Member("status"u8, item.StatusName);
            writer.EndObject();
        }

        writer.EndArray();
    }
}
