using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the names of MCP servers: those of the default file, and those that commands have seen.</summary>
internal sealed class McpServerCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        return Names()
            .Distinct(StringComparer.Ordinal)
            .Where(name => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.OrdinalIgnoreCase)
            .Select(name => Completion.Of(name));
    }

    private static List<string> Names()
    {
        List<string> names = [.. KnownTools.All().Select(t => t.Server)];
        try
        {
            names.AddRange(McpConfigFile.Load(ShareDirectory.Locate(EnvironmentSource.Process)).Servers.Select(s => s.Key));
        }
        catch (McpConfigException)
        {
            // The command will say so.
        }

        return names;
    }
}
