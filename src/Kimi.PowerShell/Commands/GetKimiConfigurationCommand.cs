using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the values of the configuration, each with its source.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Configuration)]
[OutputType(typeof(ConfigurationEntry))]
public sealed class GetKimiConfigurationCommand : ConfigurationCommand
{
    /// <summary>The names of the values; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SettingCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LoadedConfiguration loaded = Load();
        IReadOnlyList<ConfigurationValue> values;
        try
        {
            values = ConfigurationValues.Read(loaded, EnvironmentSource.Process);
        }
        catch (ConfigurationException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, loaded.Path));
            throw; // not reached
        }

        OpenSession? session = ConfigFile is null && Runspace.DefaultRunspace is Runspace here ? SessionRegistry.Current(here.InstanceId) : null;
        foreach (ConfigurationValue value in Names.Choose(values, v => v.Name, Name, name => WriteError(Errors.SettingNotFound(name))))
        {
            string? model = value.Name == "default_model" ? session?.Engine().ModelName : null;
            bool isOfSession = model is not null && JsonValues.From(value.Value) as string != model;
            WriteObject(new ConfigurationEntry
            {
                Name = value.Name,
                Value = isOfSession ? model : JsonValues.From(value.Value),
                Source = isOfSession ? "Session"
                    : value.Source switch { ConfigurationSource.Environment => "Environment", ConfigurationSource.File => "File", _ => "Default" },
                Detail = isOfSession ? session!.Id : value.Detail ?? "",
                IsSecret = value.IsSecret,
            });
        }
    }
}
