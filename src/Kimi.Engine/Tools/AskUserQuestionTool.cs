using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools;

/// <summary><c>AskUserQuestion</c>: lets the user choose.</summary>
internal sealed class AskUserQuestionTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"questions":{"description":"1 to 4 questions.","items":{"properties":{"question":{"description":"The question.","type":"string"},"header":{"default":"","description":"Short heading, at most 12 characters.","type":"string"},"options":{"description":"2 to 4 choices that exclude each other; a free answer is always offered too.","items":{"properties":{"label":{"description":"1 to 5 words; put (Recommended) behind the one you would take, and it first.","type":"string"},"description":{"default":"","description":"What it means.","type":"string"}},"required":["label"],"type":"object"},"maxItems":4,"minItems":2,"type":"array"},"multi_select":{"default":false,"description":"Whether several may be chosen.","type":"boolean"}},"required":["question","options"],"type":"object"},"maxItems":4,"minItems":1,"type":"array"}},"required":["questions"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "AskUserQuestion",
        "Ask the user to choose, when the answer decides what you do next: unclear requirements, a choice between approaches. Not for what you can find out or decide yourself, and not to ask whether to go on. Ask several questions in one call.",
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        List<Question> questions = Read(new ToolArguments(arguments));
        if (services.Approvals.IsAfk)
        {
            return ToolReturnValue.Ok(
                "{\"answers\": {}, \"note\": \"Running in afk mode. No user is present. Make your own decision.\"}", "Afk mode, auto-dismissed.", "Auto-dismissed (afk)");
        }

        if (services.Questions is not { } asker)
        {
            return ToolReturnValue.Error("Cannot ask user questions: Wire is not available.", "Wire unavailable");
        }

        if (!asker.AreSupported)
        {
            return ToolReturnValue.Error(
                "The connected client does not support interactive questions. Do NOT call this tool again. Ask the user directly in your text response instead.", "Client unsupported");
        }

        IReadOnlyDictionary<string, string> answers;
        try
        {
            answers = await asker.AskAsync(context, questions, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return ToolReturnValue.Error("Failed to get user response.", "Question failed");
        }

        return answers.Count == 0
            ? ToolReturnValue.Ok(
                "{\"answers\": {}, \"note\": \"User dismissed the question without answering.\"}", "User dismissed the question without answering.", "User dismissed")
            : ToolReturnValue.Ok(Json(answers), "User has answered.", "User answered");
    }

    private static List<Question> Read(ToolArguments read)
    {
        List<Question> questions = [];
        IReadOnlyList<ToolArguments>? given = read.ObjectsOrNull("questions");
        if (given is not { Count: >= 1 and <= 4 })
        {
            read.Fault("questions must be an array of 1 to 4 questions");
        }

        foreach (ToolArguments question in given ?? [])
        {
            IReadOnlyList<ToolArguments>? options = question.ObjectsOrNull("options");
            if (options is not { Count: >= 2 and <= 4 })
            {
                question.Fault("options must be an array of 2 to 4 options");
            }

            questions.Add(new Question(
                question.Text("question"), question.Text("header", ""),
                [.. (options ?? []).Select(static option => new QuestionOption(option.Text("label"), option.Text("description", "")))],
                question.Flag("multi_select", false)));
        }

        read.Check();
        return questions;
    }

    private static string Json(IReadOnlyDictionary<string, string> answers) => JsonWriter.Compose(
        writer =>
        {
            writer.BeginObject();
            writer.Name("answers"u8);
            writer.BeginObject();
            foreach ((string question, string answer) in answers)
            {
                writer.Name(question.AsSpan());
                writer.Text(answer);
            }

            writer.EndObject();
            writer.EndObject();
        },
        JsonLayout.Spaced);
}
