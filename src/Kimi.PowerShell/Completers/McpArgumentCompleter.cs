using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the arguments of an MCP tool as hashtables to fill in: the required ones, and all of them.</summary>
internal sealed class McpArgumentCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        if (fakeBoundParameters["Name"] is not string name) { yield break; }
        HashSet<string> offered = [];
        foreach (KnownTool tool in KnownTools.Find(name))
        {
            foreach (bool all in (bool[])[false, true])
            {
                string table = Table(tool.Arguments.Where(a => all || a.IsRequired));
                if (offered.Add(table)) { yield return new CompletionResult(table, table, CompletionResultType.ParameterValue, tool.Name); }
            }
        }
    }

    private static string Table(IEnumerable<McpArgument> arguments)
    {
        string[] pairs = [.. arguments.Select(a => $"{Completion.Key(a.Name)} = {Blank(a.Type)}")];
        return pairs.Length == 0 ? "@{}" : $"@{{ {string.Join("; ", pairs)} }}";
    }

    private static string Blank(string type) => type switch
    {
        "number" or "integer" => "0",
        "boolean" => "$false",
        "array" => "@()",
        "object" => "@{}",
        _ => "''",
    };
}
