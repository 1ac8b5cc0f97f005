namespace Kimi.Engine.Hooks;

/// <summary>A hook that the client of the wire answers itself.</summary>
/// <param name="Id">The client's id.</param>
/// <param name="Event">The event.</param>
/// <param name="Matcher">As in the configuration.</param>
/// <param name="TimeoutSeconds">How long an answer may take.</param>
internal sealed record HookSubscription(string Id, HookEvent Event, string Matcher = "", int TimeoutSeconds = 30);
