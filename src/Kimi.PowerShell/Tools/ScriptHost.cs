using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace Kimi.PowerShell.Tools;

/// <summary>A host with nobody in front of it: it only takes the exit code.</summary>
internal sealed class ScriptHost : PSHost
{
    /// <summary>The code given with exit; 0 if there was none.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Whether the script called exit.</summary>
    public bool HasExited { get; private set; }

    public override string Name => "Kimi";

    public override Version Version { get; } = typeof(ScriptHost).Assembly.GetName().Version!;

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface? UI => null;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public override void SetShouldExit(int exitCode) => (ExitCode, HasExited) = (exitCode, true);

    public override void EnterNestedPrompt() => throw new PSInvalidOperationException("Nobody can be asked.");

    public override void ExitNestedPrompt() => throw new PSInvalidOperationException("Nobody can be asked.");

    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
