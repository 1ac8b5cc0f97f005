using System.Management.Automation;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;
using Kimi.PowerShell.Tools;

namespace Kimi.PowerShell.Commands;

/// <summary>Runs a script block when something is about to happen, or has happened, in a turn.</summary>
[Cmdlet(VerbsLifecycle.Register, Nouns.Hook)]
[OutputType(typeof(HookInfo))]
public sealed class RegisterKimiHookCommand : SessionTargetCommand
{
    /// <summary>The event.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateSet("PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "Stop", "StopFailure", "SubagentStart", "SubagentStop", "PreCompact", "PostCompact", "Notification")]
    public string Event { get; set; } = "";

    /// <summary>What to run.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>A regular expression for the tools, or other targets, that are meant; all if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRegex]
    [ArgumentCompleter(typeof(CallableToolCompleter))]
    public string? Matcher { get; set; }

    /// <summary>How many seconds an answer may take; then the event goes on.</summary>
    [Parameter]
    [ValidateRange(1, 3600)]
    public int TimeoutSec { get; set; } = 30;

    private protected override void Process(OpenSession session)
    {
        ScriptHook hook = new(session, ScriptBlock!);
        IDisposable registration = session.Engine().AddHook(Event, Matcher ?? "", TimeoutSec, hook.AnswerAsync);
        WriteObject(session.Hooks.Add(registration, Event, Matcher ?? "", ScriptBlock!.ToString().Trim(), session.Id));
    }
}
