using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools.Plans;

/// <summary><c>ExitPlanMode</c>: presents the plan and leaves plan mode when it is approved.</summary>
internal sealed class ExitPlanModeTool(ToolServices services) : Tool
{
    private const string Approve = "Approve";
    private const string Reject = "Reject";
    private const string RejectAndExit = "Reject and Exit";

    private static readonly byte[] s_schema = """
        {"properties":{"options":{"anyOf":[{"items":{"properties":{"label":{"description":"Short name of the approach, 1 to 8 words; put (Recommended) behind the one you would take.","type":"string"},"description":{"default":"","description":"What it means and costs.","type":"string"}},"required":["label"],"type":"object"},"maxItems":3,"type":"array"},{"type":"null"}],"default":null,"description":"Approaches of the plan that the user shall choose from, 2 or 3; leave out when there is one."}},"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "ExitPlanMode",
        "Present the plan to the user for approval. Only in plan mode, after the plan was written to the plan file: it is read from there. Do not also ask in text or with AskUserQuestion whether the plan is fine.",
        s_schema);

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        List<QuestionOption> options = Read(new ToolArguments(arguments));
        IPlanMode plan = services.PlanMode;
        if (!plan.IsActive)
        {
            return ToolReturnValue.Error("Not in plan mode. ExitPlanMode is only available during plan mode.", "Not in plan mode");
        }

        string path = plan.PlanFile ?? "";
        string content = await ContentAsync(path, cancellationToken).ConfigureAwait(false);
        if (string.IsNullOrWhiteSpace(content))
        {
            return ToolReturnValue.Error($"No plan file found. Write your plan to {path} first, then call ExitPlanMode.", "No plan file");
        }

        if (services.Approvals.IsAfk)
        {
            plan.TurnOff();
            return Ok($"Plan approved (auto-approved). Plan mode deactivated. All tools are now available.\nPlan saved to: {path}\n\n## Approved Plan:\n{content}", "Plan approved (auto)");
        }

        if (services.Questions is not { } asker)
        {
            return ToolReturnValue.Error("Cannot present plan: Wire is not available.", "Wire unavailable");
        }

        if (!asker.AreSupported)
        {
            return ToolReturnValue.Error("The connected client does not support plan mode. Do NOT call this tool again.", "Client unsupported");
        }

        IReadOnlyList<QuestionOption> choices = options.Count >= 2 ? options : [new(Approve, "Exit plan mode and start execution")];
        Question question = new(
            "Approve this plan", "Plan",
            [.. choices, new(Reject, "Reject and stay in plan mode"), new(RejectAndExit, "Reject and exit plan mode")],
            OtherLabel: "Revise", OtherDescription: "Stay in plan mode and provide feedback");
        IReadOnlyDictionary<string, string> answers;
        try
        {
            await context.Wire.SendAsync(new PlanDisplay(content, path), cancellationToken).ConfigureAwait(false);
            answers = await asker.AskAsync(context, [question], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return ToolReturnValue.Error("Failed to get user response.", "Question failed");
        }

        return answers.Count == 0
            ? Ok("User dismissed without choosing. Plan mode remains active. Go on planning, or wait for the user.", "Dismissed")
            : Decide(answers.GetValueOrDefault(question.Text) ?? answers.Values.First(), choices, path, content);
    }

    private ToolReturnValue Decide(string answer, IReadOnlyList<QuestionOption> choices, string path, string content)
    {
        switch (answer)
        {
            case RejectAndExit:
                services.PlanMode.TurnOff();
                return Rejected("Plan rejected by user. Plan mode deactivated. Stop and wait for the user.", "Plan rejected, exited plan mode");
            case Reject:
                return Rejected("Plan rejected by user. Stay in plan mode. Stop and wait for the user.", "Plan rejected");
        }

        if (choices.Any(choice => choice.Label == answer))
        {
            services.PlanMode.TurnOff();
            return choices.Count == 1
                ? Ok($"Plan approved by user. Plan mode deactivated. All tools are now available.\nPlan saved to: {path}\n\n## Approved Plan:\n{content}", "Plan approved")
                : Ok(
                    $"Plan approved by user. Selected approach: \"{answer}\"\nPlan mode deactivated. All tools are now available.\nPlan saved to: {path}\n\n"
                    + $"Execute only the selected approach; leave the others of the plan alone.\n\n## Approved Plan:\n{content}",
                    $"Plan approved: {answer}");
        }

        return Ok(
            $"User wants to revise the plan. Stay in plan mode. Change the plan file accordingly and call ExitPlanMode again.{(answer.Length > 0 ? $"\n\nUser feedback: {answer}" : "")}",
            "Plan revision requested");
    }

    private static ToolReturnValue Ok(string output, string message) => ToolReturnValue.Ok(output, message, message);

    private static ToolReturnValue Rejected(string message, string brief) => ToolReturnValue.Error(message, brief) with { Rejection = new Rejection(false) };

    private static async Task<string> ContentAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return path.Length == 0 ? "" : await File.ReadAllTextAsync(path, Encoding.UTF8, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static List<QuestionOption> Read(ToolArguments read)
    {
        List<QuestionOption> options = [];
        HashSet<string> labels = new(StringComparer.Ordinal);
        IReadOnlyList<ToolArguments> given = read.ObjectsOrNull("options") ?? [];
        if (given.Count > 3)
        {
            read.Fault("options must have at most 3 entries");
        }

        foreach (ToolArguments option in given)
        {
            string label = option.Text("label");
            if (label.Trim().ToLowerInvariant() is "reject" or "revise" or "approve" or "reject and exit")
            {
                read.Fault($"Option label '{label}' is reserved. Choose another one.");
            }

            if (!labels.Add(label))
            {
                read.Fault("Option labels must be unique. Give each approach its own.");
            }

            options.Add(new QuestionOption(label, option.Text("description", "")));
        }

        read.Check();
        return options;
    }
}
