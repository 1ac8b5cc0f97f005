using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>The records about MCP servers and their tools.</summary>
internal static partial class Errors
{
    public static ErrorRecord McpServerNotFound(string name) => New(
        "KimiMcpServerNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no MCP server '{name}' in the configuration.",
        "List the servers with Get-KimiMcpServer, or add one with Add-KimiMcpServer.");

    public static ErrorRecord McpServerExists(string name) => New(
        "KimiMcpServerExists", ErrorCategory.ResourceExists, name,
        $"There is an MCP server '{name}' already.",
        "Choose another name, or replace it with -Force.");

    /// <summary>The text is no target: it may hold secrets.</summary>
    public static ErrorRecord McpDescriptionInvalid(Exception cause, string? name) => New(
        "KimiConfigurationInvalid", ErrorCategory.InvalidData, name, cause,
        """Describe servers as {"mcpServers": {"name": {"command": "program", "args": []}}}, or with "url" for a remote one.""");

    public static ErrorRecord McpServerUnavailable(string name, string reason, Exception? cause = null) => New(
        "KimiMcpServerUnavailable", ErrorCategory.ConnectionError, name,
        cause ?? new InvalidOperationException($"The MCP server '{name}' is not available: {reason.TrimEnd('.')}."),
        $"See what is wrong with it: Test-KimiMcpServer '{name}'.");

    public static ErrorRecord McpUnauthorized(string name, string reason, Exception? cause = null) => New(
        "KimiMcpUnauthorized", ErrorCategory.AuthenticationError, name,
        new InvalidOperationException($"The MCP server '{name}' is not authorized: {reason.TrimEnd('.')}.", cause),
        $"Authorize it once, in a session with a browser: Connect-KimiMcpServer '{name}'.");

    public static ErrorRecord McpOAuthUnused(string name) => New(
        "KimiMcpOAuthUnused", ErrorCategory.InvalidOperation, name,
        $"The MCP server '{name}' does not use OAuth.",
        "Add a remote server with -OAuth if it wants a sign-in.");

    public static ErrorRecord McpToolNotFound(Exception cause, string name) => New(
        "KimiMcpToolNotFound", ErrorCategory.ObjectNotFound, name, cause, "Look for it with Find-KimiMcpTool.");

    public static ErrorRecord McpToolAmbiguous(Exception cause, string name) => New(
        "KimiMcpToolAmbiguous", ErrorCategory.InvalidArgument, name, cause, "Give the full name, or name the server with -Server.");

    public static ErrorRecord McpArgumentInvalid(Exception cause, string tool) => New(
        "KimiMcpArgumentInvalid", ErrorCategory.InvalidData, tool,
        new ArgumentException($"The arguments do not fit '{tool}': {cause.Message}", cause),
        $"See what it takes: (Find-KimiMcpTool '{tool}').Schema");

    public static ErrorRecord McpToolFailed(McpToolResult result) => New(
        "KimiMcpToolFailed", ErrorCategory.InvalidResult, result,
        result.Text.Length > 0 ? result.Text : $"The tool '{result.Name}' reported an error.",
        "The tool itself reported this; the target object is its answer.");

    public static ErrorRecord McpCallFailed(Exception cause, string tool) => New(
        "KimiMcpCallFailed", ErrorCategory.ResourceUnavailable, tool, cause, "See the message of the server.");

    public static ErrorRecord McpToolDenied(string tool, object? target, Exception? cause = null) => New(
        "KimiToolDenied", ErrorCategory.PermissionDenied, target,
        new InvalidOperationException($"The tool '{tool}' was not run: nobody could be asked.", cause),
        "Run it interactively; -Confirm:$false answers -Confirm, and -Force the question about tools that may destroy something.");
}
