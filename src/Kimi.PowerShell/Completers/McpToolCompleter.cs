using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the names of MCP tools that commands have seen so far. Never asks a server: Tab must not wait.</summary>
internal sealed class McpToolCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        string? server = fakeBoundParameters["Server"] as string;
        foreach (KnownTool tool in KnownTools.All())
        {
            if (server is not null && !tool.Server.Equals(server, StringComparison.OrdinalIgnoreCase)) { continue; }
            if (tool.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase) || tool.Tool.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                yield return Completion.Of(tool.Name, tool.Description);
            }
        }
    }
}
