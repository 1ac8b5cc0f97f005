using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the hooks that scripts registered in a session.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Hook)]
[OutputType(typeof(HookInfo))]
public sealed class GetKimiHookCommand : SessionTargetCommand
{
    private protected override void Process(OpenSession session) => WriteObject(session.Hooks.All, enumerateCollection: true);
}
