using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.Engine.Sessions;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the ids of the sessions on disk of the work directory, the one used last first, with their titles.</summary>
internal sealed class StoredSessionCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        foreach (SessionListing session in Stored(fakeBoundParameters))
        {
            if (session.Id.StartsWith(word, StringComparison.OrdinalIgnoreCase)) { yield return Completion.Of(session.Id, session.Title); }
        }
    }

    private static IReadOnlyList<SessionListing> Stored(IDictionary bound)
    {
        try
        {
            return Completion.FullPath(bound["WorkDirectory"] as string ?? ".") is string directory ? SessionFiles.Store(directory).List() : [];
        }
        catch (Exception e) when (e is SessionStorageException or IOException or UnauthorizedAccessException)
        {
            return []; // the command will say so
        }
    }
}
