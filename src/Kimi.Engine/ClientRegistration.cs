using System.Text.Json;

namespace Kimi.Engine;

/// <summary>What a client that drives a session says of itself. Null members leave what was said before.</summary>
public sealed class ClientRegistration
{
    /// <summary>The client's name, for the user agent of requests.</summary>
    public string? Name { get; set; }

    /// <summary>The client's version.</summary>
    public string? Version { get; set; }

    /// <summary>Tools that the client runs.</summary>
    public IReadOnlyList<ClientTool> Tools { get; set; } = [];

    /// <summary>Hook events that the client wants to be asked about; added to earlier ones.</summary>
    public IReadOnlyList<ClientHook> Hooks { get; set; } = [];

    /// <summary>Whether the client can show questions.</summary>
    public bool? SupportsQuestion { get; set; }

    /// <summary>Whether the client can show plans.</summary>
    public bool? SupportsPlanMode { get; set; }
}

/// <summary>A tool that the client runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What the model needs to know of it.</param>
/// <param name="Parameters">JSON Schema of its arguments.</param>
public sealed record ClientTool(string Name, string Description, JsonElement Parameters);

/// <summary>A client's subscription to a hook event.</summary>
/// <param name="Id">The client's id of it.</param>
/// <param name="Event">The event's name.</param>
/// <param name="Matcher">Regular expression searched in the event's target; empty matches all.</param>
/// <param name="TimeoutSeconds">Seconds to wait for the answer; then the action is allowed.</param>
public sealed record ClientHook(string Id, string Event, string Matcher = "", int TimeoutSeconds = 30);

/// <summary>What became of a <see cref="ClientRegistration"/>.</summary>
/// <param name="Accepted">Names of the tools taken.</param>
/// <param name="Rejected">Names of the tools refused, with the reasons.</param>
/// <param name="Hooks">Number of hooks of each event that has any, those of the configuration included.</param>
public sealed record ClientRegistrationResult(
    IReadOnlyList<string> Accepted, IReadOnlyList<(string Name, string Reason)> Rejected, IReadOnlyList<(string Event, int Count)> Hooks);
