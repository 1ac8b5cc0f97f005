namespace Kimi.Engine.Skills.Flows;

/// <summary>A diagram is no valid flow.</summary>
/// <param name="message">What is wrong.</param>
internal sealed class FlowException(string message) : Exception(message)
{
    /// <summary>An error at one line of the diagram.</summary>
    public static FlowException At(int line, string message) => new($"Line {line}: {message}");
}
