using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools.Plans;

/// <summary><c>EnterPlanMode</c>: asks to plan before anything is changed.</summary>
internal sealed class EnterPlanModeTool(ToolServices services) : Tool
{
    private const string Workflow = """
        How to work in plan mode:
        1. Look around with read-only tools; change nothing but the plan file.
        2. Design the approach; where it depends on a choice of the user, ask with AskUserQuestion.
        3. Write the plan with WriteFile to the plan file: what to change, where, in which order, how to check it.
        4. Call ExitPlanMode to have it approved. Do not ask for approval in another way.
        """;

    private static readonly byte[] s_schema = """
        {"properties":{},"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "EnterPlanMode",
        "Ask the user to plan first: you only read and write a plan, and start after it was approved. For work with several possible approaches, wide changes or unclear requirements; not for small or clearly described changes, nor for pure research.",
        s_schema);

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        new ToolArguments(arguments).Check();
        if (services.PlanMode.IsActive)
        {
            return ToolReturnValue.Error("Already in plan mode. Use ExitPlanMode when your plan is ready.", "Already in plan mode");
        }

        if (services.Approvals.IsAutoApprove)
        {
            string path = services.PlanMode.TurnOn();
            return ToolReturnValue.Ok($"Plan mode activated (auto-approved).\nPlan file: {path}\n{Workflow}", "Plan mode on (auto)", "Plan mode on (auto)");
        }

        if (services.Questions is not { } asker)
        {
            return ToolReturnValue.Error("Cannot request user confirmation: Wire is not available.", "Wire unavailable");
        }

        if (!asker.AreSupported)
        {
            return ToolReturnValue.Error("The connected client does not support plan mode. Do NOT call this tool again.", "Client unsupported");
        }

        Question question = new(
            "Enter plan mode?", "Plan Mode",
            [new("Yes", "Enter plan mode to explore and design an approach"), new("No", "Skip planning, start implementing now")]);
        IReadOnlyDictionary<string, string> answers;
        try
        {
            answers = await asker.AskAsync(context, [question], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return ToolReturnValue.Error("Failed to get user response.", "Question failed");
        }

        if (answers.Count == 0)
        {
            return ToolReturnValue.Ok("User dismissed without choosing. Proceed with implementation directly.", "Dismissed", "Dismissed");
        }

        if (answers.GetValueOrDefault(question.Text) != "Yes")
        {
            return ToolReturnValue.Ok("User declined to enter plan mode. Go on without a plan, or ask what is wanted.", "Declined", "Declined");
        }

        string file = services.PlanMode.TurnOn();
        return ToolReturnValue.Ok($"Plan mode activated. You MUST NOT edit code files — only read and plan.\nPlan file: {file}\n{Workflow}", "Plan mode on", "Plan mode on");
    }
}
