using Kimi.Engine.Chat;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Tests.Tools;

public sealed class SmallToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Todos(string arguments) => _bench.Call(new SetTodoListTool(_bench.Services), arguments);

    [Fact]
    public async Task The_todo_list_is_replaced_and_read()
    {
        (await Todos("{}")).IsOk("Todo list is empty.", "");
        ToolReturnValue set = await Todos("{\"todos\": [{\"title\": \"buy seeds\", \"status\": \"done\"}, {\"title\": \"plant\", \"status\": \"in_progress\"}]}");
        set.IsOk("Todo list updated", "Todo list updated");
        Assert.Equal(
            [new TodoItem("buy seeds", TodoStatus.Done), new TodoItem("plant", TodoStatus.InProgress)],
            Assert.IsType<TodoBlock>(Assert.Single(set.Display)).Items);
        ToolReturnValue list = await Todos("{\"todos\": null}");
        list.IsOk("Current todo list:\n- [done] buy seeds\n- [in_progress] plant", "");
        Assert.Empty(list.Display);
        (await Todos("{\"todos\": []}")).IsOk("Todo list updated", "Todo list updated");
        (await Todos("{}")).IsOk("Todo list is empty.", "");
    }

    [Theory]
    [InlineData("{\"todos\": [{\"title\": \"plant\", \"status\": \"paused\"}]}")]
    [InlineData("{\"todos\": [{\"title\": \"\", \"status\": \"done\"}]}")]
    [InlineData("{\"todos\": [{\"title\": \"x\"}]}")]
    [InlineData("{\"todos\": \"x\"}")]
    [InlineData("[]")]
    public async Task Todos_that_do_not_fit(string arguments)
    {
        (await Todos(arguments)).IsInvalid();
        Assert.Empty(_bench.Todos.Items);
    }

    [Fact]
    public async Task A_thought_is_logged()
    {
        (await _bench.Call(new ThinkTool(), "{\"thought\": \"hm\"}")).IsOk("", "Thought logged");
        (await _bench.Call(new ThinkTool(), "{}")).IsInvalid("thought");
    }
}
