using Kimi.Engine.Configuration;

namespace Kimi.Engine.Turns;

/// <summary>No usable model is configured.</summary>
public sealed class LlmNotSetException() : Exception("LLM is not set");

/// <summary>Content needs a capability that the model lacks.</summary>
public sealed class LlmNotSupportedException : Exception
{
    /// <summary>Makes the error of a model and the capabilities it lacks.</summary>
    public LlmNotSupportedException(string model, ModelCapabilities missing)
        : base(Describe(model, missing))
    {
    }

    private static string Describe(string model, ModelCapabilities missing)
    {
        List<string> names = [];
        foreach ((ModelCapabilities capability, string name) in s_names)
        {
            if (missing.HasFlag(capability))
            {
                names.Add(name);
            }
        }

        return $"LLM model '{model}' does not support required {(names.Count == 1 ? "capability" : "capabilities")}: {string.Join(", ", names)}.";
    }

    private static readonly (ModelCapabilities, string)[] s_names =
    [
        (ModelCapabilities.ImageIn, "image_in"), (ModelCapabilities.VideoIn, "video_in"), (ModelCapabilities.Thinking, "thinking"),
    ];
}

/// <summary>A turn took more steps, or a flow more moves, than allowed.</summary>
/// <param name="steps">The limit of a turn, or all steps of a flow.</param>
public sealed class MaxStepsReachedException(int steps) : Exception($"Max number of steps reached: {steps}")
{
    /// <summary>The limit of a turn, or all steps of a flow.</summary>
    public int Steps => steps;
}

/// <summary>The session is running a turn already.</summary>
public sealed class SessionBusyException() : InvalidOperationException("An agent turn is already in progress");
