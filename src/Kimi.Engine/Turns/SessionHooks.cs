using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>The hooks of a session, as the loop and the toolset trigger them.</summary>
internal sealed class SessionHooks(IReadOnlyList<HookConfig> hooks, string sessionId, string workDirectory, IWireSink wire, Action<string, string> log) : ILoopHooks, IToolHooks
{
    private readonly List<HookSubscription> _subscriptions = [];

    /// <summary>Adds a client's subscriptions.</summary>
    public void Subscribe(IReadOnlyList<HookSubscription> subscriptions) => _subscriptions.AddRange(subscriptions);

    /// <summary>Number of hooks of each event that has any.</summary>
    public IReadOnlyList<(string Event, int Count)> Counts() =>
        [.. HookConfig.EventNames.Select(name => (name, hooks.Count(hook => hook.Event == name) + _subscriptions.Count(hook => hook.Event == name))).Where(static pair => pair.Item2 > 0)];

    /// <inheritdoc/>
    public Task<HookVerdict> TriggerAsync(string hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken)
    {
        _ = (hooks, sessionId, workDirectory, wire, log);
        return Task.FromResult(default(HookVerdict));
    }

    /// <inheritdoc/>
    public void Fire(string hookEvent, string target, Action<JsonWriter> payload)
    {
    }

    /// <inheritdoc/>
    public ValueTask<string?> BeforeAsync(ToolCallContext context, JsonElement arguments, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    public void After(ToolCallContext context, JsonElement arguments, ToolReturnValue result)
    {
    }

    /// <inheritdoc/>
    public void Failed(ToolCallContext context, JsonElement arguments, string error)
    {
    }
}
