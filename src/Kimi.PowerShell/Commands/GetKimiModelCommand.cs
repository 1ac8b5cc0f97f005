using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the models that can be named.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Model)]
[OutputType(typeof(ModelInfo))]
public sealed class GetKimiModelCommand : ConfigurationCommand
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        IReadOnlyList<ModelInfo> all = List();
        KnownModels.Add(all.Select(m => m.Name));
        WriteObject(Names.Choose(all, m => m.Name, Name, name => WriteError(Errors.ModelNotFound(name))), enumerateCollection: true);
    }

    private List<ModelInfo> List()
    {
        LoadedConfiguration loaded = Load();
        KimiConfig config = loaded.Config;
        List<ModelInfo> models = [.. config.Models.Select(m => Describe(m.Key, m.Value, config))];
        if (!config.Models.ContainsKey(ModelResolution.DemoModelName))
        {
            models.Add(new ModelInfo
            {
                Name = ModelResolution.DemoModelName,
                IsDefault = ModelResolution.NothingConfigured(loaded, EnvironmentSource.Process, null),
                Provider = "",
                Model = ModelResolution.DemoModelName,
                MaxContextSize = ModelResolution.Resolve(loaded, EnvironmentSource.Process, ModelResolution.DemoModelName).Model.MaxContextSize,
                Capabilities = [],
                BaseUrl = "",
            });
        }

        return models;
    }

    private static ModelInfo Describe(string name, ModelConfig model, KimiConfig config)
    {
        ModelCapabilities capabilities = ModelResolution.Derive(model.Capabilities ?? ModelCapabilities.None, model.Model);
        return new ModelInfo
        {
            Name = name,
            IsDefault = name == config.DefaultModel,
            Provider = model.Provider,
            Model = model.Model,
            MaxContextSize = model.MaxContextSize,
            Capabilities = [.. NamesOf(capabilities)],
            BaseUrl = config.Providers.TryGetValue(model.Provider, out ProviderConfig? provider) ? provider.BaseUrl : "",
        };
    }

    private static IEnumerable<string> NamesOf(ModelCapabilities capabilities)
    {
        if (capabilities.HasFlag(ModelCapabilities.ImageIn)) { yield return "image_in"; }
        if (capabilities.HasFlag(ModelCapabilities.VideoIn)) { yield return "video_in"; }
        if (capabilities.HasFlag(ModelCapabilities.Thinking)) { yield return "thinking"; }
        if (capabilities.HasFlag(ModelCapabilities.AlwaysThinking)) { yield return "always_thinking"; }
    }
}
