using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes names that stand in local files. Contacts nobody; what cannot be read completes nothing.</summary>
internal abstract class NameCompleter : IArgumentCompleter
{
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        string word = wordToComplete.Trim('\'', '"');
        string[] names;
        try
        {
            names = [.. Names()];
        }
        catch (Exception e) when (e is ConfigurationException or IOException or UnauthorizedAccessException)
        {
            yield break; // the command will say so
        }

        foreach (string name in names)
        {
            if (name.StartsWith(word, StringComparison.OrdinalIgnoreCase)) { yield return Completion.Of(name); }
        }
    }

    protected abstract IEnumerable<string> Names();

    protected static LoadedConfiguration Load() => ConfigurationLoader.LoadDefault(SessionFiles.Share, mayWrite: false);
}

/// <summary>Completes names of settings.</summary>
internal sealed class SettingCompleter : NameCompleter
{
    protected override IEnumerable<string> Names() => ConfigurationValues.Read(Load(), EnvironmentSource.Process).Select(v => v.Name);
}

/// <summary>Completes names of providers.</summary>
internal sealed class ProviderCompleter : NameCompleter
{
    protected override IEnumerable<string> Names() => Load().Config.Providers.Keys;
}

/// <summary>Completes names of built-in agents.</summary>
internal sealed class AgentCompleter : NameCompleter
{
    protected override IEnumerable<string> Names() => AgentListing.BuiltIn().Select(a => a.Name);
}

/// <summary>Completes names of skills that were listed before: reading them all is too slow for Tab.</summary>
internal sealed class SkillCompleter : NameCompleter
{
    private static volatile string[] s_seen = [];

    public static void Learn(IEnumerable<string> names) => s_seen = [.. names];

    protected override IEnumerable<string> Names() => s_seen;
}
