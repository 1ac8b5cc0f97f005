namespace Kimi;

/// <summary>A session as it was when this object was made.</summary>
public sealed class SessionInfo
{
    /// <summary>The id of the session: any text, a UUID if we made it.</summary>
    public required string Id { get; init; }

    /// <summary>The same id under the name that binds it to <c>-SessionId</c>.</summary>
    public string SessionId => Id;

    /// <summary>The name of the model; empty if there is none.</summary>
    public required string Model { get; init; }

    /// <summary><c>Idle</c>, <c>Running</c>, <c>Closed</c>, or <c>OnDisk</c> for a session that is not open.</summary>
    public required string State { get; init; }

    /// <summary>When it was opened, or last written to if it is not open.</summary>
    public required DateTime StartedUtc { get; init; }

    /// <summary>The directory its tools work in.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Its title; empty as long as it has none.</summary>
    public required string Title { get; init; }

    /// <summary>Whether commands without <c>-Session</c> use it.</summary>
    public bool IsCurrent { get; init; }

    /// <summary>The id.</summary>
    public override string ToString() => Id;
}
