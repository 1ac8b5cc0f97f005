using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary><c>SetTodoList</c>: the model's list of what is to be done.</summary>
internal sealed class SetTodoListTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"todos":{"anyOf":[{"items":{"properties":{"title":{"description":"What is to be done.","minLength":1,"type":"string"},"status":{"description":"How far it is.","enum":["pending","in_progress","done"],"type":"string"}},"required":["title","status"],"type":"object"},"type":"array"},{"type":"null"}],"default":null,"description":"The whole new list; an empty one clears it. Leave it out to read the list."}},"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "SetTodoList",
        """
        Keep a list of what is to be done, shown to the user. Give the whole list each time; without todos the current list is returned.

        - For work of several steps; not for simple questions or a single step.
        - Keep one entry in_progress, and set it to done as soon as it is. Do not call again without a change.
        """,
        s_schema);

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        IReadOnlyList<ToolArguments>? given = read.ObjectsOrNull("todos");
        List<TodoItem> items = [];
        foreach (ToolArguments item in given ?? [])
        {
            string title = item.Text("title");
            if (title.Length == 0)
            {
                item.Fault("title must not be empty");
            }

            items.Add(new TodoItem(title, TodoItem.ParseStatus(item.Word("status", null, "pending", "in_progress", "done")) ?? TodoStatus.Pending));
        }

        read.Check();
        if (given is null)
        {
            return Task.FromResult(ToolReturnValue.Ok(List(services.Todos.Load())));
        }

        services.Todos.Save(items);
        return Task.FromResult(new ToolReturnValue
        {
            IsError = false,
            OutputText = "Todo list updated",
            Message = "Todo list updated",
            Display = [new TodoBlock(items)],
        });
    }

    private static string List(IReadOnlyList<TodoItem> items)
    {
        if (items.Count == 0)
        {
            return "Todo list is empty.";
        }

        StringBuilder text = new("Current todo list:");
        foreach (TodoItem item in items)
        {
            text.Append("\n- [").Append(item.StatusName).Append("] ").Append(item.Title);
        }

        return text.ToString();
    }
}
