using System.Text.Json;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Hooks;

/// <summary>A hook that code of this process answers.</summary>
/// <param name="Event">The event.</param>
/// <param name="Matcher">As in the configuration.</param>
/// <param name="TimeoutSeconds">How long an answer may take.</param>
/// <param name="Handler">Gets the payload that a command hook would get.</param>
internal sealed record LocalHook(HookEvent Event, string Matcher, int TimeoutSeconds, Func<JsonElement, CancellationToken, Task<HookAnswer>> Handler);
