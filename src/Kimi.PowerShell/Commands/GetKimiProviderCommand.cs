using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the configured providers.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Provider)]
[OutputType(typeof(ModelProviderInfo))]
public sealed class GetKimiProviderCommand : ConfigurationCommand
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        KimiConfig config = Load().Config;
        foreach (string name in Names.Choose([.. config.Providers.Keys], n => n, Name, n => WriteError(Errors.ProviderNotFound(n))))
        {
            WriteObject(Hosting.Providers.Describe(name, config, EnvironmentSource.Process));
        }
    }
}
