using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>A turn, or a nested turn, begins.</summary>
public sealed record TurnBegin(UserInput UserInput) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "TurnBegin";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer) => UserInputPayload.Write(writer, UserInput);
}

/// <summary>A steered input has entered the conversation.</summary>
public sealed record SteerInput(UserInput UserInput) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "SteerInput";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer) => UserInputPayload.Write(writer, UserInput);
}

/// <summary>A turn has ended, in whatever way.</summary>
public sealed record TurnEnd : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "TurnEnd";
}

/// <summary>A step begins.</summary>
/// <param name="N">Number of the step, from 1 in each run of the loop.</param>
public sealed record StepBegin(int N) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "StepBegin";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("n"u8, N);
        writer.EndObject();
    }
}

/// <summary>A step failed with an error.</summary>
public sealed record StepInterrupted : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "StepInterrupted";
}

/// <summary>A step's request failed and will be repeated; what the failed attempt streamed is void.</summary>
/// <param name="N">The step.</param>
/// <param name="NextAttempt">Number of the coming attempt, from 1.</param>
/// <param name="MaxAttempts">How many attempts there are in all.</param>
/// <param name="WaitSeconds">Seconds until then.</param>
/// <param name="ErrorType">Class of the error, such as <c>APIStatusError</c>.</param>
/// <param name="StatusCode">HTTP status, if there was one.</param>
public sealed record StepRetry(int N, int NextAttempt, int MaxAttempts, double WaitSeconds, string ErrorType, int? StatusCode) : WireEvent
{
    /// <inheritdoc/>
    public override string Type => "StepRetry";

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("n"u8, N);
        writer.Member("next_attempt"u8, NextAttempt);
        writer.Member("max_attempts"u8, MaxAttempts);
        writer.Member("wait_s"u8, (double?)WaitSeconds);
        writer.Member("error_type"u8, ErrorType);
        writer.Member("status_code"u8, (long?)StatusCode);
        writer.EndObject();
    }
}

/// <summary>A compaction of the context begins.</summary>
public sealed record CompactionBegin : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "CompactionBegin";
}

/// <summary>A compaction has ended well.</summary>
public sealed record CompactionEnd : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "CompactionEnd";
}

/// <summary>The turn waits for MCP servers that are still connecting.</summary>
public sealed record McpLoadingBegin : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "MCPLoadingBegin";
}

/// <summary>The wait for MCP servers is over.</summary>
public sealed record McpLoadingEnd : EmptyEvent
{
    /// <inheritdoc/>
    public override string Type => "MCPLoadingEnd";
}

internal static class UserInputPayload
{
    public static void Write(JsonWriter writer, UserInput input)
    {
        writer.BeginObject();
        writer.Name("user_input"u8);
        input.Write(writer);
        writer.EndObject();
    }
}
