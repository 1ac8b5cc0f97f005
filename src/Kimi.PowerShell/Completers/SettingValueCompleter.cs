using System.Collections;
using System.Text.Json;
using Kimi.Engine.Configuration;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the values of settings that have few: those with names, and switches.</summary>
internal sealed class SettingValueCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound)
    {
        if (bound["Name"] is not string name) { return []; }
        LoadedConfiguration loaded = Load(bound);
        JsonValueKind? kind = ConfigurationValues.Read(loaded, EnvironmentSource.Process).FirstOrDefault(v => v.Name == name)?.Value.ValueKind;
        return kind is JsonValueKind.True or JsonValueKind.False ? ["$true", "$false"] : ConfigurationValues.Choices(loaded.Config, name);
    }
}
