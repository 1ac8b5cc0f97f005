using System.Text;
using System.Text.Json;
using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Tests.Tools;

public sealed class BuiltInToolsTests : IDisposable
{
    private static readonly string[] s_default =
    [
        ToolPaths.Agent, ToolPaths.AskUserQuestion, ToolPaths.SetTodoList, ToolPaths.Shell, ToolPaths.TaskList, ToolPaths.TaskOutput, ToolPaths.TaskStop, ToolPaths.ReadFile,
        ToolPaths.ReadMediaFile, ToolPaths.Glob, ToolPaths.Grep, ToolPaths.WriteFile, ToolPaths.StrReplaceFile, ToolPaths.SearchWeb, ToolPaths.FetchUrl, ToolPaths.ExitPlanMode, ToolPaths.EnterPlanMode,
    ];

    private static readonly string[] s_others = [ToolPaths.Think, ToolPaths.SendDMail, ToolPaths.PowerShell, ToolPaths.Plus, ToolPaths.Compare, ToolPaths.Panic];

    private readonly ToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private static KimiConfig WithSearch => new() { Services = new ServicesConfig { MoonshotSearch = new ServiceConfig { BaseUrl = "http://x", ApiKey = new Secret("k") } } };

    [Fact]
    public void Tools_come_in_the_order_they_are_named()
    {
        _bench.Capabilities = ModelCapabilities.ImageIn;
        _bench.Config = WithSearch;
        IReadOnlyList<Tool> tools = BuiltInTools.Create(s_default, _bench.Services);
        Assert.Equal(s_default.Select(static path => path[(path.IndexOf(':', StringComparison.Ordinal) + 1)..]), tools.Select(static tool => tool.Name));
        Assert.Equal(["plus", "compare", "panic"], BuiltInTools.Create([ToolPaths.Plus, ToolPaths.Compare, ToolPaths.Panic], _bench.Services).Select(static tool => tool.Name));
    }

    [Fact]
    public void Tools_without_a_use_are_left_out() =>
        Assert.Equal(["ReadFile"], BuiltInTools.Create([ToolPaths.ReadMediaFile, ToolPaths.SearchWeb, ToolPaths.ReadFile], _bench.Services).Select(static tool => tool.Name));

    [Fact]
    public void Unknown_tools_are_named_together()
    {
        InvalidToolsException e = Assert.Throws<InvalidToolsException>(() => BuiltInTools.Create(["a:B", ToolPaths.Shell, "kimi_cli.tools.shell:Shel"], _bench.Services));
        Assert.Equal("Invalid tools: ['a:B', 'kimi_cli.tools.shell:Shel']", e.Message);
    }

    [Fact]
    public void Schemas_have_the_shape_models_know()
    {
        _bench.Capabilities = ModelCapabilities.ImageIn | ModelCapabilities.VideoIn;
        _bench.Config = WithSearch;
        foreach (Tool tool in BuiltInTools.Create([.. s_default, .. s_others], _bench.Services))
        {
            JsonElement schema = tool.Definition.Parameters;
            Assert.Empty(JsonSchema.CheckSchema(schema));
            Assert.Equal("object", schema.StringOrNull("type"));
            Assert.All(schema.EnumerateObject(), static member => Assert.Contains(member.Name, (string[])["properties", "required", "type"]));
            foreach (JsonProperty property in schema.GetProperty("properties").EnumerateObject())
            {
                Assert.False(string.IsNullOrEmpty(property.Value.StringOrNull("description")), $"{tool.Name}.{property.Name}");
                bool required = schema.TryGetProperty("required", out JsonElement names) && names.EnumerateArray().Any(name => name.GetString() == property.Name);
                Assert.NotEqual(required, property.Value.TryGetProperty("default", out _));
            }

            // Literal schemas are sent as they stand.
            Assert.Equal(JsonWriter.Compose(writer => writer.Element(schema)), Encoding.UTF8.GetString(tool.Definition.ParametersJson.Span));
        }
    }

    [Fact]
    public void The_tools_of_the_default_agent_fit_in_14_kilobytes()
    {
        string json = JsonWriter.Compose(writer =>
        {
            writer.BeginArray();
            foreach (Tool tool in BuiltInTools.Create(s_default, _bench.Services))
            {
                writer.BeginObject();
                writer.Member("type"u8, "function");
                writer.Name("function"u8);
                writer.BeginObject();
                writer.Member("name"u8, tool.Name);
                writer.Member("description"u8, tool.Definition.Description);
                writer.Name("parameters"u8);
                writer.Raw(tool.Definition.ParametersJson.Span);
                writer.EndObject();
                writer.EndObject();
            }

            writer.EndArray();
        });
        Assert.InRange(Encoding.UTF8.GetByteCount(json), 8_000, 14_500);
    }

    [Fact]
    public async Task Test_tools()
    {
        Tool[] tools = [.. BuiltInTools.Create([ToolPaths.Plus, ToolPaths.Compare, ToolPaths.Panic], _bench.Services)];
        Assert.Equal("3.5", (await _bench.Call(tools[0], "{\"a\":1.5,\"b\":2}")).OutputText);
        Assert.Equal("greater", (await _bench.Call(tools[1], "{\"a\":2,\"b\":1}")).OutputText);
        Assert.Equal("less", (await _bench.Call(tools[1], "{\"a\":1,\"b\":2}")).OutputText);
        Assert.Equal("equal", (await _bench.Call(tools[1], "{\"a\":1,\"b\":1}")).OutputText);
        ToolReturnValue panic = await _bench.Call(tools[2], "{\"message\":\"abc\"}");
        panic.IsError("Error running tool: panicked with a message with 3 characters", "Tool runtime error");
    }
}
