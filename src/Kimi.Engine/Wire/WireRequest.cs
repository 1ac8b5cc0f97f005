namespace Kimi.Engine.Wire;

/// <summary>A question of the engine. Who listens answers; nobody there is an answer too, so that nothing ever hangs.</summary>
public abstract record WireRequest : WireMessage
{
    /// <summary>Identifies the request; also the id of the JSON-RPC request.</summary>
    public required string Id { get; init; }

    /// <summary>Whether an answer has been given.</summary>
    public abstract bool IsAnswered { get; }

    /// <summary>Gives the answer of a connection that is gone or a turn that has ended.</summary>
    /// <param name="turnEnded">True when the turn ended; false when the connection closed.</param>
    public abstract void Abandon(bool turnEnded);
}

/// <summary>A question with an answer of a certain type.</summary>
public abstract record WireRequest<TAnswer> : WireRequest
{
    private readonly TaskCompletionSource<TAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public override bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>The answer, once given.</summary>
    public Task<TAnswer> Answer => _answer.Task;

    /// <summary>Answers; false when an answer was given before.</summary>
    public bool Respond(TAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Requests are themselves, not their contents: two are equal only when they are one.</summary>
    public virtual bool Equals(WireRequest<TAnswer>? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}
