using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Events;

/// <summary>Engine values as the text and plain objects that events carry.</summary>
internal static class EventText
{
    public static string Of(UserInput input) => input.Text ?? Of(input.Parts!);

    public static TokenUsage Of(Engine.Chat.TokenUsage usage) => new()
    {
        FreshInputTokens = usage.InputOther,
        OutputTokens = usage.Output,
        CacheReadTokens = usage.InputCacheRead,
        CacheWriteTokens = usage.InputCacheCreation,
    };

    /// <summary>The text of an answer, without thinking.</summary>
    public static string Answer(Message message) => string.Concat(message.Content.OfType<TextPart>().Select(part => part.Text));

    public static string Output(ToolReturnValue value) => value.OutputText ?? Of(value.OutputParts ?? []);

    /// <summary>All of a command or a change: whoever decides must not have to guess the middle of it.</summary>
    public static string Detail(ApprovalRequest request)
    {
        StringBuilder text = new();
        foreach (DisplayBlock block in request.Display)
        {
            switch (block)
            {
                case ShellBlock shell: Line(text, shell.Command); break;
                case DiffBlock diff: Line(text, Diff(diff)); break;
                case BriefBlock brief: Line(text, brief.Text); break;
                case BackgroundTaskBlock task: Line(text, $"{task.TaskId}: {task.Description}"); break;
            }
        }

        return text.ToString();
    }

    public static string Diff(IReadOnlyList<DisplayBlock> display)
    {
        StringBuilder text = new();
        foreach (DiffBlock diff in display.OfType<DiffBlock>()) { Line(text, Diff(diff)); }
        return text.ToString();
    }

    private static string Diff(DiffBlock diff)
    {
        StringBuilder text = new();
        text.Append($"{diff.Path} @@ -{diff.OldStart} +{diff.NewStart} @@");
        Lines(text, '-', diff.OldText);
        Lines(text, '+', diff.NewText);
        return text.ToString();
    }

    private static void Lines(StringBuilder text, char mark, string lines)
    {
        if (lines.Length == 0) { return; }
        foreach (string line in lines.Split('\n')) { text.Append('\n').Append(mark).Append(line.TrimEnd('\r')); }
    }

    private static void Line(StringBuilder text, string line)
    {
        if (text.Length > 0) { text.Append('\n'); }
        text.Append(line);
    }

    private static string Of(IReadOnlyList<ContentPart> parts)
    {
        StringBuilder text = new();
        foreach (ContentPart part in parts)
        {
            Line(text, part switch
            {
                TextPart t => t.Text,
                ThinkPart t => t.Think,
                MediaPart m => $"[{m.Type.Replace("_url", "", StringComparison.Ordinal)}]",
                _ => "",
            });
        }

        return text.ToString();
    }
}
