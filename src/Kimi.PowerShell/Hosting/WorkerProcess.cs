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
        string script = Path.Join(Path.GetDirectoryName(typeof(WorkerProcess).Assembly.Location), "Worker.ps1");
        return File.Exists(script) && Shell(home) is string[] shell ? [.. shell, "-NoLogo", "-NoProfile", "-NonInteractive", "-File", script] : null;
    }

    /// <summary>The pwsh of a folder. One that came as a .NET tool has no program there, only the assembly that dotnet runs.</summary>
    private static string[]? Shell(string? home)
    {
        string program = Path.Join(home, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh");
        if (File.Exists(program)) { return [program]; }
        string assembly = Path.ChangeExtension(program, ".dll");
        return File.Exists(assembly) && Environment.ProcessPath is string dotnet && Path.GetFileNameWithoutExtension(dotnet) == "dotnet" ? [dotnet, assembly] : null;
    }
}
