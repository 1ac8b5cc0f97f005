namespace Kimi;

/// <summary>A request to the model failed and is about to be tried again. What the failed attempt had written is void.</summary>
public sealed class StepRetryEvent : TurnEvent
{
    /// <summary>The number of the step.</summary>
    public required int Step { get; init; }

    /// <summary>The number of the attempt that follows, from 1.</summary>
    public required int NextAttempt { get; init; }

    /// <summary>The number of attempts that will be made at most.</summary>
    public required int MaxAttempts { get; init; }

    /// <summary>How long is waited before the attempt.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>The kind of error, such as <c>APIStatusError</c>.</summary>
    public required string ErrorType { get; init; }

    /// <summary>The HTTP status, if there was one.</summary>
    public int? StatusCode { get; init; }

    /// <inheritdoc/>
    public override string Kind => "StepRetry";

    /// <inheritdoc/>
    public override string Summary => $"Attempt {NextAttempt} of {MaxAttempts} in {Line.Of(Wait)}: {ErrorType}{(StatusCode is int code ? $" {code}" : "")}";
}
