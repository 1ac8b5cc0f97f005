using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>The hooks of a session, as the loop and the toolset trigger them.</summary>
internal sealed class SessionHooks(HookEngine engine, IWireSink wire, Action<string, string> log) : ILoopHooks, IToolHooks
{
    /// <summary>The engine beneath.</summary>
    public HookEngine Engine => engine;

    /// <summary>Takes a client's subscriptions; from now on the client hears of triggers.</summary>
    public void Subscribe(IReadOnlyList<ClientHook> subscriptions)
    {
        List<HookSubscription> known = [];
        foreach (ClientHook subscription in subscriptions)
        {
            if (HookEvents.Find(subscription.Event) is HookEvent hookEvent)
            {
                known.Add(new HookSubscription(subscription.Id, hookEvent, subscription.Matcher, subscription.TimeoutSeconds));
            }
            else
            {
                log("Warning", $"The client subscribed to the unknown hook event '{subscription.Event}'.");
            }
        }

        engine.Subscribe(known);
        engine.Client = wire;
    }

    /// <summary>Number of hooks of each event that has any.</summary>
    public IReadOnlyList<(string Event, int Count)> Counts() => [.. engine.Count().Select(static pair => (pair.Key, pair.Value))];

    /// <inheritdoc/>
    public async Task<HookVerdict> TriggerAsync(HookEvent hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken)
    {
        IReadOnlyList<HookOutcome> outcomes = await engine.TriggerAsync(hookEvent, target, payload, cancellationToken).ConfigureAwait(false);
        HookOutcome decision = HookOutcome.FirstBlock(outcomes, needsReason: hookEvent == HookEvent.Stop);
        return new HookVerdict(decision.Block, decision.Reason);
    }

    /// <inheritdoc/>
    public void Fire(HookEvent hookEvent, string target, Action<JsonWriter> payload) => engine.Fire(hookEvent, target, payload);

    /// <inheritdoc/>
    public async ValueTask<string?> BeforeAsync(ToolCallContext context, JsonElement arguments, CancellationToken cancellationToken)
    {
        IReadOnlyList<HookOutcome> outcomes = await engine.TriggerAsync(
            HookEvent.PreToolUse, context.Call.Name, HookPayload.ToolCall(context.Call.Name, arguments, context.Call.Id), cancellationToken, context.Target).ConfigureAwait(false);
        HookOutcome decision = HookOutcome.FirstBlock(outcomes, needsReason: false);
        return decision.Block ? decision.Reason : null;
    }

    /// <inheritdoc/>
    public void After(ToolCallContext context, JsonElement arguments, ToolReturnValue result) =>
        engine.Fire(HookEvent.PostToolUse, context.Call.Name, writer =>
            HookPayload.ToolReturned(context.Call.Name, arguments, Dump(result), context.Call.Id)(writer), context.Target);

    /// <inheritdoc/>
    public void Failed(ToolCallContext context, JsonElement arguments, string error) =>
        engine.Fire(HookEvent.PostToolUseFailure, context.Call.Name, HookPayload.ToolThrew(context.Call.Name, arguments, error, context.Call.Id), context.Target);

    // Only made when a hook wants it.
    private static string Dump(ToolReturnValue result) =>
        $"is_error={(result.IsError ? "True" : "False")} output={(result.OutputText is string text ? Quote(text) : $"[{result.OutputParts!.Count} parts]")} message={Quote(result.Message)} display=[{string.Join(", ", result.Display.Select(static block => block.Type))}] extras={(result.Extras is JsonElement extras ? extras.GetRawText() : "None")}";

    private static string Quote(string text) => PythonLiteral.Quote(text);
}
