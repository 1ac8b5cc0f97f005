using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Mcp;

/// <summary>Runs calls of MCP tools: which tool, do the arguments fit, is it permitted, is the server there, how much of the result.</summary>
internal sealed class McpDispatcher
{
    private const int ShownArguments = 2000;
    private const int SchemaRoom = 8000;

    private static readonly JsonElement s_noArguments = LenientJson.Parse("{}");

    private readonly McpManager _manager;
    private readonly McpManagerOptions _options;
    private readonly HashSet<string> _invalidSchemas = new(StringComparer.Ordinal);

    public McpDispatcher(McpManager manager, McpManagerOptions options)
    {
        _manager = manager;
        _options = options;
        Cache = new McpResultCache(options.Settings.CacheTtl, options.Time);
    }

    public McpResultCache Cache { get; }

    /// <summary>The full name of the tool meant, as far as it is clear; for hooks.</summary>
    public string? FullNameOf(string name) => McpNames.Resolve(_manager.Catalog, name, withSuggestions: false).Tool?.FullName;

    /// <summary><c>mcp_call</c>.</summary>
    public async Task<ToolReturnValue> CallAsync(string name, JsonElement arguments, McpAgentView view, ToolCallContext context, CancellationToken cancellationToken)
    {
        (McpTool? tool, ToolReturnValue? failure) = await ResolveAsync(name, cancellationToken).ConfigureAwait(false);
        if (tool is null)
        {
            return failure!;
        }

        arguments = Normalize(arguments);
        Check(tool, arguments, view, strict: false);
        if (await AskAsync(context, tool, "mcp:" + tool.FullName, tool.FullName, arguments, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        McpCached answer = await Cache.GetAsync(tool, arguments, () => DispatchAsync(tool, tool.FullName, arguments, shapes: true, cancellationToken), cancellationToken)
            .ConfigureAwait(false);
        if (answer.Age is TimeSpan age && view.HasResult(answer.Result))
        {
            return ToolReturnValue.Ok(string.Create(
                CultureInfo.InvariantCulture, $"The same call was answered {(int)age.TotalSeconds} s ago; its result above is unchanged."));
        }

        if (Cache.IsOn && tool.IsCacheable && !answer.Result.IsError)
        {
            view.AddResult(answer.Result);
        }

        return answer.Result;
    }

    /// <summary>A call under the tool's own name.</summary>
    public async Task<ToolReturnValue> CallDirectAsync(McpTool tool, JsonElement arguments, bool shapes, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (arguments.ValueKind != JsonValueKind.Array)
        {
            arguments = Normalize(arguments);
        }

        Check(tool, arguments, null, strict: !shapes);
        if (await AskAsync(context, tool, "mcp:" + tool.Name, tool.Name, shapes ? arguments : null, cancellationToken).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        // An array that passed is not forwarded: the protocol knows objects only.
        JsonElement forwarded = arguments.ValueKind == JsonValueKind.Object ? arguments : s_noArguments;
        return await DispatchAsync(tool, tool.Name, forwarded, shapes, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks and runs a tool for a caller that is no model; gives the result as it is.</summary>
    /// <exception cref="ToolArgumentException">The arguments do not fit.</exception>
    /// <exception cref="McpCallException">The server is not there or did not answer.</exception>
    public async Task<McpCallResult> InvokeAsync(McpTool tool, JsonElement arguments, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        arguments = Normalize(arguments);
        Check(tool, arguments, null, strict: false);
        return await RunAsync(tool, arguments, timeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(McpTool? Tool, ToolReturnValue? Failure)> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        string trimmed = name.Trim();
        McpCatalog catalog = _manager.Catalog;
        McpNameResolution found = McpNames.Resolve(catalog, trimmed, withSuggestions: false);
        if (found.Tool is null && found.Candidates.Count == 0 && ServerMeant(catalog, trimmed) is { } server)
        {
            // The server's tools are not known yet, or no longer.
            if (server.State == McpServerState.Unauthorized)
            {
                return (null, ServerFailure(server));
            }

            await WaitForAsync(server, cancellationToken).ConfigureAwait(false);
            found = McpNames.Resolve(_manager.Catalog, trimmed, withSuggestions: false);
            if (found.Tool is null && server.State != McpServerState.Connected)
            {
                return (null, ServerFailure(server));
            }
        }

        if (found.Tool is not null)
        {
            return (found.Tool, null);
        }

        if (found.Candidates.Count > 0)
        {
            string names = string.Join(", ", found.Candidates.Take(20).Select(static tool => tool.FullName));
            return (null, ToolReturnValue.Error($"Several servers have a tool `{Shown(trimmed)}`. Give the full name: {names}.", "Ambiguous tool name"));
        }

        return (null, Unknown(trimmed));
    }

    private ToolReturnValue Unknown(string name)
    {
        if (_manager.IsOrdinaryTool(name))
        {
            return ToolReturnValue.Error($"`{Shown(name)}` is not an MCP tool but one of your own tools: call it directly.", "Not an MCP tool");
        }

        if (_manager.WasRemoved(name))
        {
            return ToolReturnValue.Error($"The MCP tool `{Shown(name)}` no longer exists: its server took it away. Use mcp_search to see what there is.", "Unknown MCP tool");
        }

        var text = new StringBuilder($"There is no MCP tool `{Shown(name)}`.");
        IReadOnlyList<McpTool> near = McpNames.Resolve(_manager.Catalog, name).Suggestions;
        if (near.Count > 0)
        {
            text.Append(" Did you mean ").AppendJoin(" or ", near.Select(static tool => tool.FullName)).Append('?');
        }

        return ToolReturnValue.Error(text.Append(" Use mcp_search to find tools.").ToString(), "Unknown MCP tool");
    }

    /// <summary>The server whose name the tool's name begins with and that is not connected, or was not yet when its tools were looked at.</summary>
    private McpServer? ServerMeant(McpCatalog catalog, string name)
    {
        HashSet<string> known = [.. catalog.Servers.Where(static server => server.State == McpServerState.Connected).Select(static server => server.Name)];
        string bare = name.StartsWith("mcp__", StringComparison.OrdinalIgnoreCase) ? name[5..] : name;
        return _manager.AllServers
            .Where(server => (server.State != McpServerState.Connected || !known.Contains(server.Config.Name)) && bare.StartsWith(server.Config.Name, StringComparison.OrdinalIgnoreCase)
                && bare.Length > server.Config.Name.Length && bare[server.Config.Name.Length] is '_' or '.' or '/')
            .MaxBy(static server => server.Config.Name.Length);
    }

    private static JsonElement Normalize(JsonElement arguments)
    {
        switch (arguments.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return s_noArguments;
            case JsonValueKind.Object:
                return arguments;
            case JsonValueKind.String when LenientJson.TryParse(arguments.ReadString(), out JsonElement inner) && inner.ValueKind == JsonValueKind.Object:
                return inner;
            default:
                throw new ToolArgumentException("expected an object of arguments");
        }
    }

    private void Check(McpTool tool, JsonElement arguments, McpAgentView? view, bool strict)
    {
        if (!IsUsable(tool))
        {
            return;
        }

        IReadOnlyList<JsonSchemaViolation> violations;
        try
        {
            violations = tool.Validator.Validate(arguments);
        }
        catch (JsonSchemaException e) when (!strict)
        {
            _options.Log("Warning", $"The arguments of {tool.FullName} could not be checked: {e.Message}");
            return;
        }

        if (violations.Count == 0)
        {
            return;
        }

        var text = new StringBuilder(string.Join("; ", violations));
        if (view is not null && !view.Shown.Contains(tool))
        {
            text.Append("\nSchema of ").Append(tool.FullName).Append(": ").Append(new McpSearchOutput(_options.Settings, view.Shown).Schema(tool, SchemaRoom));
        }

        throw new ToolArgumentException(text.ToString());
    }

    /// <summary>Whether the schema can be used at all; one that cannot is reported once.</summary>
    private bool IsUsable(McpTool tool)
    {
        if (tool.IsSchemaValid)
        {
            return true;
        }

        lock (_invalidSchemas)
        {
            if (_invalidSchemas.Add(tool.FullName + tool.SchemaHash))
            {
                _options.Log("Warning", $"The schema of {tool.FullName} is invalid; its arguments are not checked");
            }
        }

        return false;
    }

    private async Task<ToolReturnValue?> AskAsync(ToolCallContext context, McpTool tool, string action, string name, JsonElement? arguments, CancellationToken cancellationToken)
    {
        if (_options.Approvals is not { } approvals)
        {
            return null;
        }

        DisplayBlock[] display = [];
        if (arguments is JsonElement shown)
        {
            JsonWriter writer = new();
            writer.Element(shown);
            display = [new BriefBlock(CodePoints.Take(writer.ToString(), ShownArguments))];
        }

        // Rules match on server and tool: Mcp(github/*).
        return await approvals.AskAsync(context, action, $"Call MCP tool `{name}`.", display, cancellationToken, $"{tool.Server}/{tool.Name}").ConfigureAwait(false);
    }

    private async Task<ToolReturnValue> DispatchAsync(McpTool tool, string shownName, JsonElement arguments, bool shapes, CancellationToken cancellationToken)
    {
        McpCallResult result;
        try
        {
            result = await RunAsync(tool, arguments, null, cancellationToken).ConfigureAwait(false);
        }
        catch (McpCallException e) when (e.Reason == McpCallFailure.Timeout || IsTimeout(e.Message))
        {
            return ToolReturnValue.Error($"Timeout while calling MCP tool `{shownName}`. You may explain to the user that the timeout config is set too low.", "Timeout");
        }
        catch (McpCallException e) when (e.Reason == McpCallFailure.Server)
        {
            return ToolReturnValue.Error(e.Message, "MCP server unavailable");
        }

        if (!tool.ReadOnlyHint && !result.IsError)
        {
            Cache.Invalidate(tool.Server);
        }

        IReadOnlyList<ContentPart> parts = shapes ? Shape(result) : Limit(result);
        return result.IsError
            ? ToolReturnValue.Ok(parts) with { IsError = true, Message = "Tool returned an error. The output may be error message or incomplete output" }
            : ToolReturnValue.Ok(parts);
    }

    private IReadOnlyList<ContentPart> Shape(McpCallResult result)
    {
        var shaper = new McpResultShaper(_options.Settings.ResultMaxChars);
        result.Walk(shaper, withStructured: true);
        return shaper.Finish();
    }

    private static IReadOnlyList<ContentPart> Limit(McpCallResult result)
    {
        var budget = new McpContentBudget();
        result.Walk(budget, withStructured: false);
        return budget.Finish();
    }

    /// <summary>The tool as it is now, on a connection that stands; tries once to bring back a lost one.</summary>
    private async Task<(McpTool Tool, IMcpConnection Connection)> ConnectAsync(McpTool tool, CancellationToken cancellationToken)
    {
        McpServer server = _manager.Server(tool.Server) ?? throw new McpCallException(McpCallFailure.Server, $"There is no MCP server '{tool.Server}'.");
        IMcpConnection? connection = server.Connection;
        if (connection is null)
        {
            await WaitForAsync(server, cancellationToken).ConfigureAwait(false);
            connection = server.Connection;
            if (connection is null)
            {
                throw new McpCallException(McpCallFailure.Server, ServerFailure(server).Message);
            }

            tool = _manager.Catalog.Find(tool.FullName)
                ?? throw new McpCallException(McpCallFailure.Server, $"The MCP tool `{tool.FullName}` no longer exists: its server took it away.");
        }

        return (tool, connection);
    }

    private async Task WaitForAsync(McpServer server, CancellationToken cancellationToken)
    {
        // A first connection under way is waited for no longer than a call may take; a lost one has the time of a connection.
        TimeSpan limit = server.IsLoading ? _options.CallTimeout : Timeout.InfiniteTimeSpan;
        try
        {
            await server.ConnectAsync().WaitAsync(limit, _options.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Its state says it: still connecting.
        }
    }

    /// <summary>Runs a tool on a connection that stands. A call that was never sent is sent once more, on a new one; no other is.</summary>
    private async Task<McpCallResult> RunAsync(McpTool tool, JsonElement arguments, TimeSpan? limit, CancellationToken cancellationToken)
    {
        (McpTool current, IMcpConnection connection) = await ConnectAsync(tool, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SendAsync(current, connection, arguments, limit, cancellationToken).ConfigureAwait(false);
        }
        catch (McpCallException e) when (e.InnerException is McpNotSentException)
        {
            await _manager.Server(tool.Server)!.LoseAsync(connection, e.Message).ConfigureAwait(false);
        }

        (current, connection) = await ConnectAsync(tool, cancellationToken).ConfigureAwait(false);
        return await SendAsync(current, connection, arguments, limit, cancellationToken).ConfigureAwait(false);
    }

    private async Task<McpCallResult> SendAsync(
        McpTool tool, IMcpConnection connection, JsonElement arguments, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(limit ?? _options.CallTimeout, _options.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            // The server is told of a cancellation; an answer that comes after it is nobody's.
            return await connection.CallAsync(tool.Name, arguments, stop.Token).WaitAsync(stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw e is OperationCanceledException && timeout.IsCancellationRequested
                ? new McpCallException(McpCallFailure.Timeout, $"The MCP tool `{tool.FullName}` timed out.", e)
                : new McpCallException(McpCallFailure.Call, e.Message, e);
        }
    }

    private static ToolReturnValue ServerFailure(McpServer server)
    {
        string name = server.Config.Name;
        return server.State switch
        {
            McpServerState.Unauthorized => ToolReturnValue.Error($"The MCP server '{name}' is not authorized. The user can run `kimi mcp auth {name}`.", "MCP server unavailable"),
            McpServerState.Failed => ToolReturnValue.Error($"The MCP server '{name}' is not available: {server.Error}.", "MCP server unavailable"),
            _ => ToolReturnValue.Error($"The MCP server '{name}' is still connecting. Try again later.", "MCP server unavailable"),
        };
    }

    private static bool IsTimeout(string message) =>
        message.Contains("timeout", StringComparison.OrdinalIgnoreCase) || message.Contains("timed out", StringComparison.OrdinalIgnoreCase);

    private static string Shown(string name) => McpText.OneLine(name, 200);
}

/// <summary>Why a call came to nothing.</summary>
public enum McpCallFailure
{
    /// <summary>The server is not connected.</summary>
    Server,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>The server refused the call, or the connection was lost meanwhile.</summary>
    Call,
}

/// <summary>A call came to nothing.</summary>
public sealed class McpCallException(McpCallFailure reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public McpCallFailure Reason { get; } = reason;
}
