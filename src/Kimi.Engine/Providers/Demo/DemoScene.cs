using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Demo;

/// <summary>What the demo model knows at a request: the question, the tools, and what its calls brought since the question.</summary>
internal sealed class DemoScene
{
    private const string ErrorStart = "<system>ERROR: ";
    private readonly HashSet<string> _tools = new(StringComparer.Ordinal);
    private readonly List<DemoResult> _results = [];

    /// <summary>What the user wrote.</summary>
    public string Question { get; private set; } = "";

    /// <summary>Answers given before this one in the whole conversation.</summary>
    public int Step { get; private set; }

    /// <summary>Estimated size of the request.</summary>
    public long InputTokens { get; private set; }

    /// <summary>The results since the question, in order.</summary>
    public IReadOnlyList<DemoResult> Results => _results;

    /// <summary>Whether a tool is offered.</summary>
    public bool Offers(string tool) => _tools.Contains(tool);

    /// <summary>The latest result of a tool since the question; null when it was not called.</summary>
    public DemoResult? ResultOf(string tool) => _results.FindLast(result => result.Tool == tool);

    /// <summary>Looks at a request.</summary>
    public static DemoScene Find(ChatRequest request)
    {
        DemoScene scene = new();
        foreach (ToolDefinition tool in request.Tools)
        {
            scene._tools.Add(tool.Name);
        }

        Dictionary<string, ToolCall> calls = new(StringComparer.Ordinal);
        long characters = request.SystemPrompt.Length;
        foreach (Message message in request.History)
        {
            characters += message.TextLength;
            switch (message.Role)
            {
                case Role.Assistant:
                    scene.Step++;
                    foreach (ToolCall call in message.ToolCalls ?? [])
                    {
                        calls[call.Id] = call;
                    }

                    break;
                case Role.Tool when message.ToolCallId is not null && calls.TryGetValue(message.ToolCallId, out ToolCall? answered):
                    scene._results.Add(ReadResult(answered, message));
                    break;
                case Role.User when FindQuestion(message) is string question:
                    scene.Question = question;
                    scene._results.Clear();
                    break;
            }
        }

        scene.InputTokens = (characters + 3) / 4;
        return scene;
    }

    private static string? FindQuestion(Message message)
    {
        string? question = null;
        foreach (ContentPart part in message.Content)
        {
            // Reminders and notifications of the program are no questions.
            if (part is TextPart text && !text.Text.AsSpan().TrimStart().StartsWith("<system") && !text.Text.StartsWith("<notification", StringComparison.Ordinal))
            {
                question = question is null ? text.Text : question + "\n" + text.Text;
            }
        }

        return question?.Trim();
    }

    private static DemoResult ReadResult(ToolCall call, Message message)
    {
        string? error = null;
        string? note = null;
        List<string> output = [];
        for (int i = 0; i < message.Content.Count; i++)
        {
            if (message.Content[i] is not TextPart { Text: string text })
            {
                continue;
            }

            if (i == 0 && text.StartsWith("<system>", StringComparison.Ordinal) && text.EndsWith("</system>", StringComparison.Ordinal))
            {
                note = text["<system>".Length..^"</system>".Length];
                error = text.StartsWith(ErrorStart, StringComparison.Ordinal) ? text[ErrorStart.Length..^"</system>".Length] : null;
            }
            else
            {
                output.Add(text);
            }
        }

        return new DemoResult(call.Name, call.Arguments ?? "", string.Concat(output), note, error);
    }
}

/// <summary>What a call of the demo model brought.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Arguments">The arguments it was called with.</param>
/// <param name="Output">Its output.</param>
/// <param name="Note">What the program noted of the result.</param>
/// <param name="Error">Why it failed or was refused; null when it worked.</param>
internal sealed record DemoResult(string Tool, string Arguments, string Output, string? Note, string? Error);
