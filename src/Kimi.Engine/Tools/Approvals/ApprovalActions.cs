namespace Kimi.Engine.Tools.Approvals;

/// <summary>Keys that calls are approved under; a person who approves one for the session approves all calls of its key.</summary>
public static class ApprovalActions
{
    /// <summary>A command in the foreground.</summary>
    public const string RunCommand = "run command";

    /// <summary>A command in the background.</summary>
    public const string RunBackgroundCommand = "run background command";

    /// <summary>A script of the PowerShell tool.</summary>
    public const string RunPowerShell = "run PowerShell script";

    /// <summary>A change of a file of the workspace.</summary>
    public const string EditFile = "edit file";

    /// <summary>A change of a file outside the workspace.</summary>
    public const string EditOutside = "edit file outside of working directory";

    /// <summary>Reading or searching a file or a directory, where a rule says to ask.</summary>
    public const string ReadFile = "read file";

    /// <summary>A call of any other tool that asks for no permission of its own, where a rule says to ask.</summary>
    public const string UseTool = "use tool";

    /// <summary>Stopping a background task.</summary>
    public const string StopTask = "stop background task";

    /// <summary>Beginning of the keys of MCP tools; the tool's name follows.</summary>
    public const string McpPrefix = "mcp:";

    /// <summary>Beginning of the keys of plugin tools; the tool's name follows.</summary>
    public const string PluginPrefix = "plugin:";
}
