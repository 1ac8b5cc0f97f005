using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Skills;
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
    protected static LoadedConfiguration Load(IDictionary bound) => bound["ConfigFile"] is string file && Completion.FullPath(file) is string path
        ? ConfigurationLoader.LoadFile(path, SessionFiles.Share)
        : ConfigurationLoader.LoadDefault(SessionFiles.Share, mayWrite: false);
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

/// <summary>Completes names of the skills that a session would have here.</summary>
internal sealed class SkillCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound)
    {
        string? directory = Completion.FullPath(bound["WorkDirectory"] as string ?? ".");
        string?[] skills = bound["SkillPath"] is string path ? [Completion.FullPath(path)] : [];
        return directory is null ? [] : SkillListing.Read(directory, Load(bound).Config, SessionFiles.Share, [.. skills.OfType<string>()], null).Select(s => s.Name);
    }
}
