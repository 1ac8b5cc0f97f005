using Kimi.Engine.Configuration;

namespace Kimi.Engine.Mcp;

/// <summary>The variables a server's process gets: those every program needs, and what its configuration adds. No secrets by accident.</summary>
internal static class StdioEnvironment
{
    private static readonly string[] s_posix = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

    private static readonly string[] s_windows =
    [
        "APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA", "PATH", "PATHEXT", "PROCESSOR_ARCHITECTURE", "PROGRAMDATA",
        "PROGRAMFILES", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERNAME", "USERPROFILE", "WINDIR",
    ];

    public static Dictionary<string, string?> Compose(EnvironmentSource parent, IReadOnlyDictionary<string, string> own)
    {
        var variables = new Dictionary<string, string?>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (string name in OperatingSystem.IsWindows() ? s_windows : s_posix)
        {
            // Shell functions travel in variables too; they are code.
            if (parent[name] is string value && !value.StartsWith("()", StringComparison.Ordinal))
            {
                variables[name] = value;
            }
        }

        foreach ((string name, string value) in own)
        {
            variables[name] = value;
        }

        return variables;
    }
}
