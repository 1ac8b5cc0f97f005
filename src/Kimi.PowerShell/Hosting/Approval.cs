using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Kimi.PowerShell.Hosting;

/// <summary>Asks the person at the host. Runs on the pipeline thread.</summary>
internal static class Approval
{
    /// <summary>Whether a question could be answered at all. A prompt on a redirected input waits for ever.</summary>
    public static bool CanAsk(PSCmdlet cmdlet) => cmdlet.Host.Name != "ConsoleHost" || !Console.IsInputRedirected;

    /// <summary>Asks for one tool call.</summary>
    /// <param name="cmdlet">The cmdlet whose host is asked.</param>
    /// <param name="tool">The name of the tool.</param>
    /// <param name="detail">The whole command or change.</param>
    /// <returns>One of <see cref="ApprovalDecision"/>.</returns>
    public static string Ask(PSCmdlet cmdlet, string tool, string detail)
    {
        if (!CanAsk(cmdlet)) { return ApprovalDecision.NoOneToAsk; }
        Collection<ChoiceDescription> choices =
        [
            new("&Yes", "Run this call."),
            new("&Always", "Run calls of this kind without asking until the session ends."),
            new("&No", "Refuse. The model is told that the call was denied."),
        ];
        try
        {
            TurnProgress.Hide(cmdlet);
            return cmdlet.Host.UI.PromptForChoice($"Run tool '{tool}'?", detail, choices, 2) switch
            {
                0 => ApprovalDecision.Once,
                1 => ApprovalDecision.Session,
                _ => ApprovalDecision.Denied,
            };
        }
        catch (Exception e) when (!IsStop(e))
        {
            return ApprovalDecision.NoOneToAsk; // -NonInteractive, jobs, hosts without UI: each throws its own
        }
    }

    /// <summary>Asks one of the model's questions.</summary>
    /// <param name="cmdlet">The cmdlet whose host is asked.</param>
    /// <param name="question">The question.</param>
    /// <param name="labels">The offered answers.</param>
    /// <param name="descriptions">A line on each of them.</param>
    /// <param name="several">Whether more than one may be chosen.</param>
    /// <returns>The chosen answers, or null if nobody answered.</returns>
    public static string[]? Choose(
        PSCmdlet cmdlet, string question, IReadOnlyList<string> labels, IReadOnlyList<string> descriptions, bool several)
    {
        if (!CanAsk(cmdlet) || labels.Count == 0) { return null; }
        Collection<ChoiceDescription> choices = [];
        for (int i = 0; i < labels.Count; i++)
        {
            // The digit is the key to press; a label may hold an ampersand of its own.
            choices.Add(new ChoiceDescription($"&{i + 1} {labels[i].Replace("&", "and", StringComparison.Ordinal)}", descriptions[i]));
        }

        try
        {
            TurnProgress.Hide(cmdlet);
            if (several && cmdlet.Host.UI is IHostUISupportsMultipleChoiceSelection multiple)
            {
                return [.. multiple.PromptForChoice("The model asks", question, choices, null).Select(i => labels[i])];
            }

            int chosen = cmdlet.Host.UI.PromptForChoice("The model asks", question, choices, -1);
            return chosen >= 0 && chosen < labels.Count ? [labels[chosen]] : null;
        }
        catch (Exception e) when (!IsStop(e))
        {
            return null;
        }
    }

    private static bool IsStop(Exception e) => e is PipelineStoppedException or OperationCanceledException;
}
