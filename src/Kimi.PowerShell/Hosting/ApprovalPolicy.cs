using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Hosting;

/// <summary>What is decided about tool calls without asking. First match wins: denied, allowed, the mode.</summary>
/// <param name="Mode">What happens to calls that no rule decides.</param>
/// <param name="Allow">Calls that run without asking.</param>
/// <param name="Deny">Calls that never run.</param>
internal sealed record ApprovalPolicy(ApprovalMode Mode, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    private ApprovalRules? _rules;

    public static ApprovalPolicy Default { get; } = new(ApprovalMode.Ask, [], []);

    /// <summary>The first text that is no rule; null if all are.</summary>
    public static string? FindInvalid(IEnumerable<string> rules)
    {
        foreach (string rule in rules)
        {
            try
            {
                _ = Rules([], [rule], "/");
            }
            catch (FormatException)
            {
                return rule;
            }
        }

        return null;
    }

    /// <summary>This policy with the rules of one turn added; a mode given for the turn replaces this one.</summary>
    public ApprovalPolicy With(ApprovalMode? mode, IReadOnlyList<string> allow, IReadOnlyList<string> deny) =>
        new(mode ?? Mode, [.. Allow, .. allow], [.. Deny, .. deny]);

    /// <summary>The decision about a call; null if somebody has to be asked.</summary>
    public string? Decide(ApprovalRequest request, string workDirectory)
    {
        _rules ??= Rules(Allow, Deny, workDirectory);
        ApprovalEffect? effect = _rules.Decide(request.Sender, request.Action, request.Target)?.Effect;
        return effect == ApprovalEffect.Deny ? ApprovalDecision.Denied
            : effect == ApprovalEffect.Allow || request.IsPreapproved ? ApprovalDecision.Allowed
            : Mode switch
            {
                ApprovalMode.AllowAll => ApprovalDecision.Allowed,
                ApprovalMode.ReadOnly => ApprovalDecision.Denied,
                _ => null,
            };
    }

    /// <summary>Refuses calls of tools that ask for no permission, because they only read.</summary>
    public HookAnswer Refuse(JsonElement payload, string workDirectory)
    {
        string tool = payload.TryGetProperty("tool_name", out JsonElement name) ? name.GetString() ?? "" : "";
        JsonElement input = payload.TryGetProperty("tool_input", out JsonElement given) ? given : default;
        _rules ??= Rules(Allow, Deny, workDirectory);
        bool asks = tool is "Shell" or "PowerShell" or "WriteFile" or "StrReplaceFile" or "TaskStop"; // decided when they ask
        return new HookAnswer(
            !asks && _rules.Hinders(tool, input) is not null,
            $"A rule of this session forbids the tool '{tool}'. Do not try to get around it: do what is possible without it and say what was left out.");
    }

    private static ApprovalRules Rules(IEnumerable<string> allow, IEnumerable<string> deny, string workDirectory) => ApprovalRules.ForThisMachine(
        [.. deny.Select(p => new ApprovalRule(ApprovalEffect.Deny, p)), .. allow.Select(p => new ApprovalRule(ApprovalEffect.Allow, p))],
        workDirectory);
}
