using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Answers;

/// <summary>
/// The answer of a turn that must follow a schema: in the provider's own response format where it has one, else through a tool
/// that is offered for that turn alone. An answer given as JSON text counts in either case.
/// </summary>
internal sealed class FinalAnswer
{
    private readonly JsonSchema _schema;
    private readonly bool _isWrapped;
    private readonly Lock _gate = new();
    private JsonElement? _data;
    private string? _fault;

    /// <summary>Makes the answer of a schema.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="isNative">Whether the provider has a response format of its own.</param>
    /// <exception cref="JsonSchemaException">The schema cannot be used.</exception>
    public FinalAnswer(JsonElement schema, bool isNative)
    {
        _schema = JsonSchema.Parse(schema);
        IsNative = isNative;

        // Arguments of a tool are an object; any other answer travels in one.
        _isWrapped = schema.StringOrNull("type") != "object";
        Tool = new FinalAnswerTool(this, _isWrapped ? Wrap(schema) : schema);
    }

    /// <summary>The schema.</summary>
    public JsonElement Schema => _schema.Source;

    /// <summary>Whether the provider's own response format is used.</summary>
    public bool IsNative { get; }

    /// <summary>The tool that takes the answer.</summary>
    public FinalAnswerTool Tool { get; }

    /// <summary>The answer, once it fits; null before.</summary>
    public JsonElement? Data
    {
        get
        {
            lock (_gate)
            {
                return _data;
            }
        }
    }

    /// <summary>What is told to the model with the user's message.</summary>
    public TextPart Instruction => new($"<system>{EmbeddedText.Read(IsNative ? "Turns/Answers/Prompts/instruction-native.md" : "Turns/Answers/Prompts/instruction.md").Trim()}</system>");

    /// <summary>What is told to the model when the turn ended without an answer that fits.</summary>
    public TextPart Repair => new($"<system>{EmbeddedText.Read(IsNative ? "Turns/Answers/Prompts/repair-native.md" : "Turns/Answers/Prompts/repair.md").Trim()}\n\n{Fault}</system>");

    /// <summary>What was wrong with the last try.</summary>
    public string Fault
    {
        get
        {
            lock (_gate)
            {
                return _fault ?? "No answer was given.";
            }
        }
    }

    /// <summary>Takes the arguments of a call; returns null, or what does not fit.</summary>
    public string? Take(JsonElement arguments)
    {
        if (!_isWrapped)
        {
            return Check(arguments);
        }

        return arguments.TryGetProperty("answer", out JsonElement answer) ? Check(answer) : "the member 'answer' is missing";
    }

    /// <summary>Takes an answer given as text, if it is JSON that fits: plain, or in a fence.</summary>
    public void TakeText(string text)
    {
        string json = text.Trim();
        if (json.StartsWith("```", StringComparison.Ordinal) && json.EndsWith("```", StringComparison.Ordinal) && json.IndexOf('\n') is int start and > 0)
        {
            json = json[(start + 1)..^3];
        }

        if (LenientJson.TryParse(json, out JsonElement value))
        {
            Check(value);
        }
    }

    private string? Check(JsonElement value)
    {
        IReadOnlyList<JsonSchemaViolation> violations = _schema.Validate(value);
        lock (_gate)
        {
            if (violations.Count == 0)
            {
                _data = value.Clone();
                return null;
            }

            return _fault = string.Join("; ", violations.Select(static violation => violation.ToString()));
        }
    }

    private static JsonElement Wrap(JsonElement schema)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("type"u8, "object");
        writer.Name("properties"u8);
        writer.BeginObject();
        writer.Name("answer"u8);
        writer.Element(schema);
        writer.EndObject();
        writer.Name("required"u8);
        writer.BeginArray();
        writer.Text("answer");
        writer.EndArray();
        writer.EndObject();
        return LenientJson.Parse(writer.ToArray());
    }
}

/// <summary>A turn ended without an answer that follows its schema.</summary>
public sealed class FinalAnswerException(string fault) : Exception($"The model gave no answer that fits the schema: {fault}");
