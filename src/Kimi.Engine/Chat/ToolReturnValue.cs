using System.Text.Json;

namespace Kimi.Engine.Chat;

/// <summary>What a tool call came to.</summary>
public sealed record ToolReturnValue
{
    /// <summary>Whether the call failed.</summary>
    public required bool IsError { get; init; }

    /// <summary>Output for the model as text; null when <see cref="OutputParts"/> holds it.</summary>
    public string? OutputText { get; init; } = "";

    /// <summary>Output for the model as parts; null when <see cref="OutputText"/> holds it.</summary>
    public IReadOnlyList<ContentPart>? OutputParts { get; init; }

    /// <summary>Explanation for the model, sent as a system note; may be empty.</summary>
    public string Message { get; init; } = "";

    /// <summary>What is shown to the user.</summary>
    public IReadOnlyList<DisplayBlock> Display { get; init; } = [];

    /// <summary>Data for debugging and tests (an object), or null.</summary>
    public JsonElement? Extras { get; init; }

    /// <summary>Set when the tool threw: the model is told that the tool is probably not working. Not serialised.</summary>
    public bool IsUnexpected { get; init; }

    /// <summary>Set when the user refused the call; ends the root turn unless a feedback was given. Not serialised.</summary>
    public Rejection? Rejection { get; init; }

    /// <summary>Text of the first brief block; empty when there is none.</summary>
    public string Brief => Display.OfType<BriefBlock>().FirstOrDefault()?.Text ?? "";

    /// <summary>A success with text output.</summary>
    public static ToolReturnValue Ok(string output, string message = "", string brief = "") =>
        new() { IsError = false, OutputText = output, Message = message, Display = Briefs(brief) };

    /// <summary>A success with output parts.</summary>
    public static ToolReturnValue Ok(IReadOnlyList<ContentPart> output, string message = "", string brief = "") =>
        new() { IsError = false, OutputText = null, OutputParts = output, Message = message, Display = Briefs(brief) };

    /// <summary>A failure.</summary>
    public static ToolReturnValue Error(string message, string brief, string output = "") =>
        new() { IsError = true, OutputText = output, Message = message, Display = Briefs(brief) };

    /// <summary>The blocks of a brief: one, or none when it is empty.</summary>
    public static IReadOnlyList<DisplayBlock> Briefs(string brief) => brief.Length == 0 ? [] : [new BriefBlock(brief)];
}

/// <summary>A refusal by the user.</summary>
/// <param name="HasFeedback">Whether the user said what to do instead.</param>
public sealed record Rejection(bool HasFeedback);
