using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Sends a small request to providers and says how it went.</summary>
[Cmdlet(VerbsDiagnostic.Test, Nouns.Provider)]
[OutputType(typeof(ProviderTest))]
public sealed class TestKimiProviderCommand : ConfigurationCommand
{
    /// <summary>The names; all if not given; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ProviderCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The configured model to ask; the first of each provider if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The most seconds a provider may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 30;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        LoadedConfiguration loaded = Load();
        KimiConfig config = loaded.Config;
        if (Model is not null && !config.Models.ContainsKey(Model)) { ThrowTerminatingError(Errors.ModelNotFound(Model)); }
        string[] names = [.. Names.Choose([.. config.Providers.Keys], n => n, Name, n => WriteError(Errors.ProviderNotFound(n)))];
        TimeSpan limit = TimeSpan.FromSeconds(TimeoutSec);
        RunPump(async (pump, stop) =>
        {
            List<Task<ProviderTest>> tests = [.. names.Where(n => Model is null || config.Models[Model].Provider == n).Select(n => TestAsync(n, loaded, limit, stop))];
            foreach (Task<ProviderTest> test in tests)
            {
                ProviderTest result = await test.ConfigureAwait(false);
                await pump.PostAsync(cmdlet => cmdlet.WriteObject(result)).ConfigureAwait(false);
            }
        });
    }

    private async Task<ProviderTest> TestAsync(string name, LoadedConfiguration loaded, TimeSpan limit, CancellationToken stop)
    {
        string? model = Model
            ?? (loaded.Config.Models.TryGetValue(loaded.Config.DefaultModel, out ModelConfig? first) && first.Provider == name ? loaded.Config.DefaultModel : null)
            ?? loaded.Config.Models.FirstOrDefault(m => m.Value.Provider == name).Key;
        if (model is null)
        {
            return new ProviderTest { Name = name, Model = "", Success = false, Message = "No model of the configuration uses this provider, so there is none to ask." };
        }

        try
        {
            return await Hosting.Providers.TestAsync(name, ModelResolution.Resolve(loaded, EnvironmentSource.Process, model), limit, stop).ConfigureAwait(false);
        }
        catch (ConfigurationException e)
        {
            return new ProviderTest { Name = name, Model = model, Success = false, Message = e.Message };
        }
    }
}
