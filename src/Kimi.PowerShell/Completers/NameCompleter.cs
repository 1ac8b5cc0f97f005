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
            names = [.. Names(fakeBoundParameters).Distinct(StringComparer.OrdinalIgnoreCase)];
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

    /// <param name="bound">What stands on the command line already.</param>
    protected abstract IEnumerable<string> Names(IDictionary bound);

    /// <summary>The configuration that the command line means.</summary>
    protected static LoadedConfiguration Load(IDictionary bound) => bound["ConfigFile"] is string file && FullPath(file) is string path
        ? ConfigurationLoader.LoadFile(path, SessionFiles.Share)
        : ConfigurationLoader.LoadDefault(SessionFiles.Share, mayWrite: false);

    // A completer is given no session state; only the runspace knows its location and its drives.
    private static string? FullPath(string path)
    {
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Management\Convert-Path").AddParameter("LiteralPath", path).AddParameter("ErrorAction", ActionPreference.Ignore);
        return shell.Invoke<string>().FirstOrDefault();
    }
}

/// <summary>Completes names of settings.</summary>
internal sealed class SettingCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound) => ConfigurationValues.Read(Load(bound), EnvironmentSource.Process).Select(v => v.Name);
}

/// <summary>Completes names of providers.</summary>
internal sealed class ProviderCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound) => Load(bound).Config.Providers.Keys;
}

/// <summary>Completes names of built-in agents.</summary>
internal sealed class AgentCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound) => AgentListing.BuiltIn().Select(a => a.Name);
}

/// <summary>Completes names of skills that were listed before: reading them all is too slow for Tab.</summary>
internal sealed class SkillCompleter : NameCompleter
{
    private static volatile string[] s_seen = [];

    public static void Learn(IEnumerable<string> names) => s_seen = [.. names];

    protected override IEnumerable<string> Names(IDictionary bound) => s_seen;
}
