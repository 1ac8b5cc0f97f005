using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the models that open sessions know, and the built-in one. Never reads a file: Tab must not wait.</summary>
internal sealed class ModelCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (string model in KnownModels.All)
        {
            if (model.StartsWith(word, StringComparison.OrdinalIgnoreCase)) { yield return Completion.Of(model); }
        }
    }
}
