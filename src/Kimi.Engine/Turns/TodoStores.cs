using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns;

/// <summary>The root agent's to-do list, in the session's state.</summary>
internal sealed class RootTodos(SessionState state) : ITodoStore
{
    /// <inheritdoc/>
    public IReadOnlyList<TodoItem> Load() => state.LoadTodos();

    /// <inheritdoc/>
    public void Save(IReadOnlyList<TodoItem> items)
    {
        state.Todos = items;
        state.Save();
    }
}

/// <summary>A subagent's to-do list, in a state file of its own; other members of the file are kept.</summary>
internal sealed class SubagentTodos(string directory) : ITodoStore
{
    private readonly string _path = Path.Join(directory, "state.json");

    /// <inheritdoc/>
    public IReadOnlyList<TodoItem> Load() => Read() is JsonElement value ? TodoJson.Read(value) : [];

    /// <inheritdoc/>
    public void Save(IReadOnlyList<TodoItem> items)
    {
        JsonWriter writer = new(JsonLayout.Indented);
        writer.BeginObject();
        if (Read() is JsonElement value)
        {
            foreach (JsonProperty member in value.EnumerateObject())
            {
                if (member.Name != "todos")
                {
                    writer.Name(member.Name.AsSpan());
                    writer.Element(member.Value);
                }
            }
        }

        writer.Name("todos"u8);
        TodoJson.Write(writer, items);
        writer.EndObject();
        AtomicFile.Write(_path, writer.WrittenSpan);
    }

    private JsonElement? Read()
    {
        try
        {
            if (File.Exists(_path) && LenientJson.Parse(File.ReadAllBytes(_path)) is { ValueKind: JsonValueKind.Object } value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // a corrupt file reads as an empty one
        }

        return null;
    }
}
