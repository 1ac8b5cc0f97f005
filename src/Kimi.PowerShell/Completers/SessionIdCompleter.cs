using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the ids of open sessions, from memory.</summary>
internal sealed class SessionIdCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (string id in SessionRegistry.Ids)
        {
            if (id.StartsWith(word, StringComparison.OrdinalIgnoreCase)) { yield return Completion.Of(id); }
        }
    }
}
