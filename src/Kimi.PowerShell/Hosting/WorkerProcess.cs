using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>The process that runs commands in the background: the pwsh that this one is, with a script of the module.</summary>
internal static class WorkerProcess
{
    /// <summary>Program and arguments; null where the host of PowerShell brings no pwsh along.</summary>
    public static string[]? Command { get; } = Find();

    private static string[]? Find()
    {
        string? home = Path.GetDirectoryName(typeof(PSObject).Assembly.Location); // $PSHOME
        string program = Path.Join(home, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        string script = Path.Join(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location), "Worker.ps1");
        return File.Exists(program) && File.Exists(script) ? [program, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", script] : null;
    }
}
