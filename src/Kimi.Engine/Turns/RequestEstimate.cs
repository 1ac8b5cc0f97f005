using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns;

/// <summary>
/// The request estimate: only for the completion cap, counts differently from the context estimate. A text counts a quarter of
/// its ASCII characters, rounded up, and one token for every other code point; a medium counts 2000.
/// </summary>
internal sealed class RequestEstimate
{
    private const int MediaTokens = 2000;
    private const long SafetyMargin = 1024;

    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<Message, object> _messages = [];
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<ToolDefinition, object> _tools = [];

    /// <summary>Tokens of a whole request.</summary>
    public long Of(string systemPrompt, IReadOnlyList<ToolDefinition> tools, IReadOnlyList<Message> history)
    {
        long sum = Of(systemPrompt);
        foreach (ToolDefinition tool in tools)
        {
            sum += (long)_tools.GetValue(tool, static tool => Of(tool.Name) + Of(tool.Description) + Of(Compact(tool)));
        }

        foreach (Message message in history)
        {
            sum += (long)_messages.GetValue(message, static message => Of(message));
        }

        return sum;
    }

    /// <summary>The cap of a completion: what the window leaves after the input, at most the configured cap, at least 1.</summary>
    /// <param name="model">The model.</param>
    /// <param name="input">Tokens of the request.</param>
    /// <param name="reserved">Cap for models whose window is unknown.</param>
    /// <returns>Null when nothing is to be sent.</returns>
    public static long? Cap(AgentModel model, long input, int reserved)
    {
        if (!model.Provider.UsesCompletionBudget || model.NoCompletionBudget)
        {
            return null;
        }

        if (model.MaxContextSize <= 0)
        {
            return Math.Max(1, model.CompletionCap ?? reserved);
        }

        long left = Math.Max(1, model.MaxContextSize - Math.Max(0, input + SafetyMargin));
        return Math.Max(1, Math.Min(model.CompletionCap ?? model.MaxContextSize, left));
    }

    /// <summary>Tokens of a text.</summary>
    public static long Of(ReadOnlySpan<char> text)
    {
        int ascii = 0;
        foreach (char c in text)
        {
            ascii += c < '\u0080' ? 1 : 0;
        }

        int others = ascii == text.Length ? 0 : CodePoints.Count(text) - ascii;
        return ((ascii + 3) / 4) + others;
    }

    private static long Of(Message message)
    {
        long sum = Of(MessageJson.NameOf(message.Role)) + Of(message.Name) + Of(message.ToolCallId);
        foreach (ContentPart part in message.Content)
        {
            sum += part switch
            {
                TextPart text => Of(text.Text),
                ThinkPart think => Of(think.Think),
                _ => MediaTokens,
            };
        }

        foreach (ToolCall call in message.ToolCalls ?? [])
        {
            sum += Of(call.Id) + Of(call.Name) + Of(call.Arguments);
            if (call.Extras is System.Text.Json.JsonElement extras)
            {
                sum += Of(extras.GetRawText());
            }
        }

        return sum;
    }

    private static string Compact(ToolDefinition tool)
    {
        JsonWriter writer = new();
        writer.Element(tool.Parameters);
        return writer.ToString();
    }
}
