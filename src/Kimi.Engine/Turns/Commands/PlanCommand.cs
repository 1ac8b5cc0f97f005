using Kimi.Engine.Text;
using Kimi.Engine.Turns.Plans;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/plan</c>: switches plan mode, shows the plan or deletes it.</summary>
internal sealed class PlanCommand : ISlashCommand
{
    private const string OffText = "Plan mode OFF. All tools are now available.";

    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("plan", "Toggle plan mode. Usage: /plan [on|off|view|clear]", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        PlanMode plan = context.Plan;
        switch (arguments.Trim().ToLowerInvariant())
        {
            case "view":
                string? text = plan.PlanFile is string file ? TextFile.Read(file) : null;
                await context.SayAsync(string.IsNullOrEmpty(text) ? "No plan file found for this session." : text, cancellationToken).ConfigureAwait(false);
                return null;
            case "clear":
                if (plan.PlanFile is string old && File.Exists(old))
                {
                    File.Delete(old);
                }

                await context.SayAsync("Plan cleared.", cancellationToken).ConfigureAwait(false);
                return null;
            case "on":
                if (!plan.IsActive)
                {
                    plan.Set(true);
                }

                return await ReportAsync($"Plan mode ON. Plan file: {plan.PlanFile}", context, cancellationToken).ConfigureAwait(false);
            case "off":
                plan.Set(false);
                return await ReportAsync(OffText, context, cancellationToken).ConfigureAwait(false);
            default:
                plan.Set(!plan.IsActive);
                string answer = plan.IsActive
                    ? $"Plan mode ON. Write your plan to: {plan.PlanFile}\nUse ExitPlanMode when done, or /plan off to exit manually."
                    : OffText;
                return await ReportAsync(answer, context, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<TurnResult?> ReportAsync(string text, CommandContext context, CancellationToken cancellationToken)
    {
        await context.SayAsync(text, cancellationToken).ConfigureAwait(false);
        await context.Agent.Wire.SendAsync(new StatusUpdate { PlanMode = context.Plan.IsActive }, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
