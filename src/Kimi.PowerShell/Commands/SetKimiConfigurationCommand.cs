using System.Management.Automation;
using System.Net;
using System.Security;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Changes a value in the configuration file.</summary>
[Cmdlet(VerbsCommon.Set, Nouns.Configuration, SupportsShouldProcess = true)]
[OutputType(typeof(ConfigurationEntry))]
public sealed class SetKimiConfigurationCommand : ConfigurationCommand
{
    /// <summary>The name of the value.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SettingCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The new value; null takes the value away, so that the default counts.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(SettingValueCompleter))]
    public object? Value { get; set; }

    /// <summary>Returns the changed value.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LoadedConfiguration loaded = Load();
        try
        {
            KimiConfig changed = ConfigurationValues.With(loaded.Config, Name, Json());
            if (!Confirms($"{Name} in {loaded.Path}", "Set configuration value")) { return; }
            ConfigurationWriter.Save(changed, loaded.Path!);
        }
        catch (ConfigurationException e)
        {
            WriteError(Errors.SettingInvalid(e, Name)); // the next one of a pipeline may be right
            return;
        }

        if (!PassThru) { return; }
        foreach (ConfigurationValue value in ConfigurationValues.Read(Load(), EnvironmentSource.Process))
        {
            if (value.Name != Name) { continue; }
            WriteObject(new ConfigurationEntry
            {
                Name = value.Name,
                Value = JsonValues.From(value.Value),
                Source = value.Source switch { ConfigurationSource.Environment => "Environment", ConfigurationSource.File => "File", _ => "Default" },
                Detail = value.Detail ?? "",
                IsSecret = value.IsSecret,
            });
        }
    }

    private JsonElement Json()
    {
        object? value = Value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : Value;
        if (value is null) { return default; }
        if (value is SecureString secret) { value = new NetworkCredential("", secret).Password; }
        using JsonDocument document = JsonDocument.Parse(ObjectJson.Write(value, 5));
        return document.RootElement.Clone();
    }
}
