using System.Diagnostics;

namespace Kimi.Engine.Hosts;

/// <summary>Finds the shell that commands run in on this machine: bash or sh, on Windows the bash of Git.</summary>
public static class ShellDetection
{
    /// <summary>Variable that names the bash to use on Windows.</summary>
    public const string GitBashVariable = "KIMI_CLI_GIT_BASH_PATH";

    private static readonly string[] s_bashPaths = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"];

    /// <summary>Finds the shell.</summary>
    /// <exception cref="IOException">On Windows: there is no bash.</exception>
    public static ShellEnvironment Detect() =>
        OperatingSystem.IsWindows()
            ? new ShellEnvironment("Windows", "bash", FindGitBash(Environment.GetEnvironmentVariable, File.Exists, Output))
            : Posix(OperatingSystem.IsMacOS() ? "macOS" : OperatingSystem.IsLinux() ? "Linux" : Environment.OSVersion.Platform.ToString(), File.Exists);

    internal static ShellEnvironment Posix(string osKind, Func<string, bool> exists)
    {
        foreach (string path in s_bashPaths)
        {
            if (exists(path))
            {
                return new ShellEnvironment(osKind, "bash", path);
            }
        }

        return new ShellEnvironment(osKind, "sh", "/bin/sh");
    }

    internal static string FindGitBash(Func<string, string?> variable, Func<string, bool> exists, Func<string, string, string> output)
    {
        HostPaths paths = HostPaths.Windows;
        if (variable(GitBashVariable) is { Length: > 0 } named)
        {
            return exists(named) ? named : throw new IOException($"{GitBashVariable} is set to '{named}', but there is no such file.");
        }

        foreach (string line in output("where", "git").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string bash = paths.Canonical(paths.Join(paths.Parent(line), @"..\bin\bash.exe"), @"C:\");
            if (exists(bash))
            {
                return bash;
            }
        }

        for (string directory = paths.Canonical(output("git", "--exec-path").Trim(), @"C:\"); directory.Length > 3; directory = paths.Parent(directory))
        {
            if (paths.Name(directory).ToLowerInvariant() is "mingw32" or "mingw64")
            {
                string bash = paths.Join(paths.Parent(directory), @"bin\bash.exe");
                if (exists(bash))
                {
                    return bash;
                }
            }
        }

        foreach (string bash in (ReadOnlySpan<string>)[@"C:\Program Files\Git\bin\bash.exe", @"C:\Program Files (x86)\Git\bin\bash.exe"])
        {
            if (exists(bash))
            {
                return bash;
            }
        }

        throw new IOException($"Git Bash was not found. Install Git for Windows (https://git-scm.com/download/win), or set {GitBashVariable} to the path of bash.exe.");
    }

    private static string Output(string program, string argument)
    {
        try
        {
            using Process? process = Process.Start(new ProcessStartInfo(program, [argument])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
                UseShellExecute = false,
                CreateNoWindow = true,
            });
            if (process is null)
            {
                return "";
            }

            process.StandardInput.Close();
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            if (!process.WaitForExit(5000))
            {
                process.Kill();
                return "";
            }

            return process.ExitCode == 0 ? process.StandardOutput.ReadToEnd() : "";
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return "";
        }
    }
}
