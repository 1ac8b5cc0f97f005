using Kimi.Engine.Hooks;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>A background agent runs without hooks.</summary>
internal sealed class NoHooks : ILoopHooks
{
    public static readonly NoHooks Instance = new();

    public Task<HookVerdict> TriggerAsync(HookEvent hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken) =>
        Task.FromResult(new HookVerdict(false, ""));

    public void Fire(HookEvent hookEvent, string target, Action<JsonWriter> payload)
    {
    }
}
