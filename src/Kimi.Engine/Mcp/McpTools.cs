using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Mcp;

/// <summary><c>mcp_search</c>: looks into the index, contacts nobody, needs no permission.</summary>
internal sealed class McpSearchTool(McpManager manager, McpAgentView view, McpSettings settings) : Tool
{
    private readonly McpSearchOutput _output = new(settings, view.Shown);

    public override ToolDefinition Definition => McpToolDefinitions.Search;

    public override bool IsReadOnly => true;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (arguments.ValueKind != JsonValueKind.Object || !arguments.TryGetProperty("query", out JsonElement query))
        {
            throw new ToolArgumentException("required property 'query' is missing");
        }

        if (query.ValueKind != JsonValueKind.String)
        {
            throw new ToolArgumentException("/query: expected string");
        }

        string text = query.ReadString();
        return Task.FromResult(string.IsNullOrWhiteSpace(text)
            ? ToolReturnValue.Error("The query is empty. Give keywords of the tool you look for.", "Empty query")
            : ToolReturnValue.Ok(_output.Search(manager.Catalog, text)));
    }
}

/// <summary><c>mcp_call</c>: checks and runs one tool of any server.</summary>
internal sealed class McpCallTool(McpDispatcher dispatcher, McpAgentView view) : Tool
{
    public override bool AsksPermission => true;

    public override ToolDefinition Definition => McpToolDefinitions.Call;

    public override string? TargetOf(JsonElement arguments) =>
        arguments.StringOrNull("name") is { } name ? dispatcher.FullNameOf(name) : null;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (arguments.ValueKind != JsonValueKind.Object || !arguments.TryGetProperty("name", out JsonElement name))
        {
            throw new ToolArgumentException("required property 'name' is missing");
        }

        if (name.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(name.ReadString()))
        {
            throw new ToolArgumentException("/name: expected the name of a tool");
        }

        arguments.TryGetProperty("arguments", out JsonElement inner);
        return dispatcher.CallAsync(name.ReadString(), inner, view, context, cancellationToken);
    }
}

/// <summary>A tool of a server under its own name: direct mode, or a call of a tool that is not listed.</summary>
internal sealed class McpDirectTool : Tool
{
    private readonly McpDispatcher _dispatcher;
    private readonly string _name;
    private readonly bool _shapes;
    private ToolDefinition? _definition;

    public McpDirectTool(McpTool target, string name, McpDispatcher dispatcher, bool shapes)
    {
        Target = target;
        _name = name;
        _dispatcher = dispatcher;
        _shapes = shapes;
    }

    /// <summary>The tool meant.</summary>
    public McpTool Target { get; }

    public override bool AsksPermission => true;

    public override ToolDefinition Definition => _definition ??= new ToolDefinition(_name, Describe(), Schema());

    public override string? TargetOf(JsonElement arguments) => Target.FullName;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken) =>
        _dispatcher.CallDirectAsync(Target, arguments, _shapes, context, cancellationToken);

    private string Describe() =>
        $"This is an MCP (Model Context Protocol) tool from MCP server `{Target.Server}`.\n\n{(Target.Description.Length > 0 ? Target.Description : "No description provided.")}";

    private byte[] Schema()
    {
        JsonWriter writer = new();
        writer.Element(Target.Schema);
        return writer.ToArray();
    }
}
