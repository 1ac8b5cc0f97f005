using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>What rules say about a call.</summary>
/// <param name="Effect">The decision.</param>
/// <param name="Rule">The rule that decided.</param>
public sealed record ApprovalRuleMatch(ApprovalEffect Effect, ApprovalRule Rule);

/// <summary>
/// Standing answers, of the configuration and of options. <c>deny</c> wins over <c>ask</c>, <c>ask</c> over <c>allow</c>,
/// whatever their order. Rules that deny are a net, not a wall: a command has many spellings.
/// </summary>
public sealed class ApprovalRules
{
    /// <summary>No rules.</summary>
    public static readonly ApprovalRules None = new([], HostPaths.Local, "");

    private readonly HostPaths _paths;
    private readonly string _home;
    private readonly string _workDirectory;
    private readonly Func<string, string>? _realPath;
    private readonly (ApprovalRule Rule, ApprovalPattern Pattern)[] _rules;

    /// <summary>Makes the rules of a session.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="paths">Rules of paths of the machine the tools work on.</param>
    /// <param name="workDirectory">Where relative patterns of paths start.</param>
    /// <param name="realPath">Follows the links of a path; a rule allows a file only if it also allows what the links lead to.</param>
    /// <param name="home">The home directory there, for patterns that begin with <c>~</c>.</param>
    /// <exception cref="FormatException">A pattern is none.</exception>
    public ApprovalRules(IEnumerable<ApprovalRule> rules, HostPaths paths, string workDirectory, Func<string, string>? realPath = null, string home = "~")
    {
        _home = home;
        _paths = paths;
        _workDirectory = workDirectory;
        _realPath = realPath;
        _rules = [.. rules.Select(static rule => (rule, ApprovalPattern.Parse(rule.Pattern)))];
    }

    /// <summary>Makes rules for calls on this machine.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="workDirectory">Where relative patterns of paths start.</param>
    /// <exception cref="FormatException">A pattern is none.</exception>
    public static ApprovalRules ForThisMachine(IEnumerable<ApprovalRule> rules, string workDirectory) =>
        new(rules, HostPaths.Local, workDirectory, RealPath.Of, LocalHost.Here.Home);

    /// <summary>The rules, in the order they were given.</summary>
    public IReadOnlyList<ApprovalRule> Rules => [.. _rules.Select(static rule => rule.Rule)];

    /// <summary>What the rules say about a call; null when they say nothing.</summary>
    /// <param name="sender">Name of the tool.</param>
    /// <param name="action">What it asks permission for.</param>
    /// <param name="target">The command, the path, or <c>server/tool</c>.</param>
    public ApprovalRuleMatch? Decide(string sender, string action, string target)
    {
        if (_rules.Length == 0)
        {
            return null;
        }

        return First(ApprovalEffect.Deny) ?? First(ApprovalEffect.Ask) ?? Allowing(sender, action, target);

        ApprovalRuleMatch? First(ApprovalEffect effect)
        {
            foreach ((ApprovalRule rule, ApprovalPattern pattern) in _rules)
            {
                if (rule.Effect == effect && pattern.IsAbout(sender, action) && MatchesAny(pattern, action, target))
                {
                    return new ApprovalRuleMatch(effect, rule);
                }
            }

            return null;
        }
    }

    /// <summary>
    /// What hinders a call of a tool that asks for no permission of its own: null when no rule does. Such tools need nothing
    /// that allows them.
    /// </summary>
    /// <param name="tool">Name of the tool.</param>
    /// <param name="arguments">The arguments of the call.</param>
    public SilentCall? Hinders(string tool, JsonElement arguments)
    {
        if (_rules.Length == 0)
        {
            return null;
        }

        SilentCall call = SilentCall.Of(tool, arguments, path => _paths.Canonical(_paths.ExpandHome(_paths.FromPosixForm(path), _home), _workDirectory));
        return Decide(tool, call.Action, call.Target) is { Effect: not ApprovalEffect.Allow } ? call : null;
    }

    private static bool IsFile(string action) => action is ApprovalActions.EditFile or ApprovalActions.EditOutside or ApprovalActions.ReadFile;

    // For rules that hinder: one part, one way of looking at the target is enough.
    private bool MatchesAny(ApprovalPattern pattern, string action, string target)
    {
        if (IsFile(action))
        {
            return pattern.MatchesPath(target, _workDirectory, _paths, _home)
                || (_realPath is not null && pattern.MatchesPath(_realPath(target), _realPath(_workDirectory), _paths, _home));
        }

        if (pattern.IsPowerShell)
        {
            return pattern.MatchesText(target, ignoreCase: true)
                || PowerShellParts.Of(target).Commands.SelectMany(PowerShellParts.Spellings).Any(command => pattern.MatchesText(command, ignoreCase: true));
        }

        return pattern.MatchesText(target)
            || (pattern.IsShell && ShellParts.Of(target).Commands.SelectMany(ShellWords.Spellings).Any(command => pattern.MatchesText(command)));
    }

    // For rules that allow: every part and every way of looking at the target must be allowed.
    private ApprovalRuleMatch? Allowing(string sender, string action, string target)
    {
        List<(ApprovalRule Rule, ApprovalPattern Pattern)> rules =
            [.. _rules.Where(rule => rule.Rule.Effect == ApprovalEffect.Allow && rule.Pattern.IsAbout(sender, action))];
        if (rules.Count == 0)
        {
            return null;
        }

        if (IsFile(action))
        {
            return Find(pattern => pattern.MatchesPath(target, _workDirectory, _paths, _home)
                && (_realPath is null || pattern.MatchesPath(_realPath(target), _realPath(_workDirectory), _paths, _home)));
        }

        if (Find(static pattern => pattern.IsWhole) is { } whole)
        {
            return whole;
        }

        ApprovalRuleMatch? match = null;
        IReadOnlyList<string> commands = action switch
        {
            ApprovalActions.RunCommand or ApprovalActions.RunBackgroundCommand => ShellParts.Of(target) is { IsSimple: true } parts ? parts.Commands : [],
            ApprovalActions.RunPowerShell => PowerShellParts.Of(target) is { IsSimple: true } parts ? parts.Commands : [],
            _ => [target],
        };
        foreach (string command in commands)
        {
            match = Find(pattern => pattern.MatchesText(command));
            if (match is null)
            {
                return null;
            }
        }

        return match;

        ApprovalRuleMatch? Find(Func<ApprovalPattern, bool> matches)
        {
            foreach ((ApprovalRule rule, ApprovalPattern pattern) in rules)
            {
                if (matches(pattern))
                {
                    return new ApprovalRuleMatch(ApprovalEffect.Allow, rule);
                }
            }

            return null;
        }
    }
}
