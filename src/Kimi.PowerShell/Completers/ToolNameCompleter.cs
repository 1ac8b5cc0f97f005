using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the names of registered tools of the open sessions.</summary>
internal sealed class ToolNameCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (ToolInfo tool in SessionRegistry.All.SelectMany(s => s.Tools.Values).DistinctBy(t => t.Name).OrderBy(t => t.Name))
        {
            if (tool.Name.StartsWith(word, StringComparison.OrdinalIgnoreCase)) { yield return Completion.Of(tool.Name, tool.Description); }
        }
    }
}
