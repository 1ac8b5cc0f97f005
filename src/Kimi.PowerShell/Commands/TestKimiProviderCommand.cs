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
        (string Name, ResolvedModel? Model, ProviderTest? Failure)[] targets =
            [.. names.Where(n => Model is null || config.Models[Model].Provider == n).Select(n => Target(n, loaded))];
        RunPump(async (pump, stop) =>
        {
            List<Task<ProviderTest>> tests =
                [.. targets.Select(t => t.Failure is not null ? Task.FromResult(t.Failure) : Hosting.Providers.TestAsync(t.Name, t.Model!, limit, stop))];
            foreach (Task<ProviderTest> test in tests)
            {
                ProviderTest result = await test.ConfigureAwait(false);
                await pump.PostAsync(cmdlet => cmdlet.WriteObject(result)).ConfigureAwait(false);
            }
        });
    }

    /// <summary>The model to ask, with its key, or why nobody can be asked.</summary>
    private (string Name, ResolvedModel? Model, ProviderTest? Failure) Target(string name, LoadedConfiguration loaded)
    {
        string? model = Model
            ?? (loaded.Config.Models.TryGetValue(loaded.Config.DefaultModel, out ModelConfig? first) && first.Provider == name ? loaded.Config.DefaultModel : null)
            ?? loaded.Config.Models.FirstOrDefault(m => m.Value.Provider == name).Key;
        if (model is null) { return Failure("", "No model of the configuration uses this provider, so there is none to ask."); }
        try
        {
            return (name, WithKey(ModelResolution.Resolve(loaded, EnvironmentSource.Process, model)), null);
        }
        catch (Exception e) when (e is ConfigurationException or SecretUnreadableException)
        {
            return Failure(model, e.Message);
        }

        (string, ResolvedModel?, ProviderTest?) Failure(string model, string message) =>
            (name, null, new ProviderTest { Name = name, Model = model, Success = false, Message = message });
    }
}
