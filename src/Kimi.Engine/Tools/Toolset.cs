using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools;

/// <summary>The tools of an agent, and the way every call of one of them goes. Tools may be added while a turn runs.</summary>
public sealed class Toolset : IToolDispatcher
{
    private static readonly JsonElement s_noArguments = LenientJson.Parse("{}");

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, Tool> _tools = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private readonly RepeatGuard _repeats = new();
    private IReadOnlyList<ToolDefinition>? _definitions;

    /// <summary>Hooks around calls; null when there are none.</summary>
    public IToolHooks? Hooks { get; set; }

    /// <summary>Applies rules to tools that ask for no permission; null applies none.</summary>
    public IApprovals? Approvals { get; init; }

    /// <summary>Finds tools that are not offered by name, such as those of MCP servers.</summary>
    public Func<string, Tool?>? Fallback { get; set; }

    /// <summary>All tools in the order they were added, hidden ones too.</summary>
    public IReadOnlyList<Tool> Tools
    {
        get
        {
            lock (_gate)
            {
                return [.. _tools.Values];
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ToolDefinition> Definitions
    {
        get
        {
            lock (_gate)
            {
                return _definitions ??= [.. _tools.Values.Where(tool => !_hidden.Contains(tool.Name)).Select(static tool => tool.Definition)];
            }
        }
    }

    /// <summary>Adds a tool; one of the same name gives way to it.</summary>
    public void Add(Tool tool)
    {
        lock (_gate)
        {
            _tools[tool.Name] = tool;
            _definitions = null;
        }
    }

    /// <summary>Adds a tool unless there is one of its name.</summary>
    public bool TryAdd(Tool tool)
    {
        lock (_gate)
        {
            _definitions = null;
            return _tools.TryAdd(tool.Name, tool);
        }
    }

    /// <summary>Adds a tool of the wire client; returns null, or why it is refused. A tool of the client is replaced.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its description; may be empty.</param>
    /// <param name="parameters">The schema of its arguments.</param>
    public string? AddExternal(string name, string description, JsonElement parameters)
    {
        lock (_gate)
        {
            if (_tools.TryGetValue(name, out Tool? other) && other is not ExternalTool)
            {
                return "conflicts with builtin tool";
            }
        }

        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return "invalid schema";
        }

        if (JsonSchema.CheckSchema(parameters) is [JsonSchemaViolation violation, ..])
        {
            return violation.ToString();
        }

        Add(new ExternalTool(name, description, parameters));
        return null;
    }

    /// <summary>Takes a tool away.</summary>
    public bool Remove(string name)
    {
        lock (_gate)
        {
            _definitions = null;
            return _tools.Remove(name);
        }
    }

    /// <summary>Offers a tool no longer; it can still be called. False when there is none of that name.</summary>
    public bool Hide(string name)
    {
        lock (_gate)
        {
            _definitions = null;
            return _tools.ContainsKey(name) && (_hidden.Add(name) || true);
        }
    }

    /// <summary>Offers a hidden tool again.</summary>
    public void Unhide(string name)
    {
        lock (_gate)
        {
            _definitions = null;
            _hidden.Remove(name);
        }
    }

    /// <summary>The tool of a name, hidden ones too.</summary>
    public Tool? Find(string name)
    {
        lock (_gate)
        {
            if (_tools.TryGetValue(name, out Tool? tool))
            {
                return tool;
            }
        }

        return Fallback?.Invoke(name);
    }

    /// <inheritdoc/>
    public void BeginTurn() => _repeats.Reset();

    /// <inheritdoc/>
    public void BeginStep() => _repeats.BeginStep();

    /// <inheritdoc/>
    public bool EndStep() => _repeats.EndStep();

    /// <inheritdoc/>
    /// <remarks>
    /// Calls of a step must be given in the order the model made them. The call comes back at once; tools run on other threads.
    /// </remarks>
    public Task<ToolReturnValue> HandleAsync(ToolCall call, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (Find(call.Name) is not Tool tool)
        {
            string text = $"Tool `{call.Name}` not found";
            return Task.FromResult(ToolReturnValue.Error(text, text));
        }

        JsonElement arguments;
        try
        {
            arguments = string.IsNullOrEmpty(call.Arguments) ? s_noArguments : LenientJson.Parse(call.Arguments);
        }
        catch (JsonException e)
        {
            return Task.FromResult(ToolReturnValue.Error($"Error parsing JSON arguments: {e.Message}", "Invalid arguments"));
        }

        RepeatGuard.Entry entry = _repeats.Enter(call.Name, CanonicalArguments.Of(arguments));
        return entry.Earlier?.WaitAsync(cancellationToken)
            ?? Task.Run(() => RunAsync(tool, arguments, context, entry, cancellationToken), CancellationToken.None);
    }

    private async Task<ToolReturnValue> RunAsync(Tool tool, JsonElement arguments, ToolCallContext context, RepeatGuard.Entry entry, CancellationToken cancellationToken)
    {
        try
        {
            ToolReturnValue result = await CallAsync(tool, arguments, context, cancellationToken).ConfigureAwait(false);
            result = entry.WithReminder(result);
            entry.Complete(result);
            return result;
        }
        catch (OperationCanceledException)
        {
            entry.Cancel();
            throw;
        }
    }

    private async ValueTask<ToolReturnValue> CallAsync(Tool tool, JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        context.Target = tool.TargetOf(arguments);
        IToolHooks? hooks = Hooks;
        if (hooks is not null && await hooks.BeforeAsync(context, arguments, cancellationToken).ConfigureAwait(false) is string reason)
        {
            return ToolReturnValue.Error(reason.Length > 0 ? reason : "Blocked by PreToolUse hook", "Hook blocked");
        }

        ToolReturnValue result;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            result = await RefuseAsync(tool, arguments, context, cancellationToken).ConfigureAwait(false)
                ?? await tool.CallAsync(arguments, context, cancellationToken).ConfigureAwait(false);
        }
        catch (ToolArgumentException e)
        {
            result = ToolReturnValue.Error($"Error validating JSON arguments: {e.Message}", "Invalid arguments");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a tool throws is told to the model; the turn goes on.
        catch (Exception e)
#pragma warning restore CA1031
        {
            hooks?.Failed(context, arguments, e.Message);
            return ToolReturnValue.Error($"Error running tool: {e.Message}", "Tool runtime error") with { IsUnexpected = true };
        }

        hooks?.After(context, arguments, result);
        return result;
    }

    private async ValueTask<ToolReturnValue?> RefuseAsync(Tool tool, JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken) =>
        Approvals is { } approvals && !tool.AsksPermission && approvals.Hinders(tool.Name, arguments) is { } call
            ? await approvals.AskAsync(context, call.Action, call.Description, [], cancellationToken, call.Target).ConfigureAwait(false)
            : null;
}
