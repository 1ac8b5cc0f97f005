using System.CommandLine;
using Kimi.Engine;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi provider …</c>: what is configured, what an endpoint offers, and whether it answers.</summary>
internal static class ProviderCommand
{
    public const string Help = "Look at model providers.";

    public static Command Make()
    {
        Command list = new("list", "List the configured providers and models.");
        list.SetAction((_, _) => Guarded(static (config, _) => Task.FromResult(List(config))));
        return new Command("provider", Help)
        {
            list,
            OfName("models", "List the models that a provider's endpoint offers.", ModelsAsync),
            OfName("test", "Send one small request to a provider or a model.", TestAsync),
        };
    }

    private static int List(KimiConfig config)
    {
        if (config.Providers.Count == 0)
        {
            Console.Out.WriteLine("No providers configured.");
        }

        foreach ((string name, ProviderConfig provider) in config.Providers)
        {
            Console.Out.WriteLine($"{name} ({provider.TypeName}): {provider.BaseUrl}".TrimEnd());
            foreach ((string alias, ModelConfig model) in config.Models)
            {
                if (model.Provider == name)
                {
                    Console.Out.WriteLine($"  {alias}: {model.Model}{(alias == config.DefaultModel ? " (default)" : "")}");
                }
            }
        }

        return ExitCode.Success;
    }

    private static async Task<int> ModelsAsync(KimiConfig config, ProviderContext context, string name, CancellationToken cancellationToken)
    {
        if (!config.Providers.TryGetValue(name, out ProviderConfig? provider))
        {
            return Unknown(name);
        }

        foreach (string id in await new ProviderProbe(context).ListModelsAsync(provider, cancellationToken).ConfigureAwait(false))
        {
            Console.Out.WriteLine(id);
        }

        return ExitCode.Success;
    }

    private static async Task<int> TestAsync(KimiConfig config, ProviderContext context, string name, CancellationToken cancellationToken)
    {
        string? alias = config.Models.ContainsKey(name) ? name : config.Models.FirstOrDefault(model => model.Value.Provider == name).Key;
        if (alias is null || ModelResolution.ResolveAlias(config, EnvironmentSource.Process, alias, thinking: null) is not ResolvedModel model)
        {
            return config.Providers.ContainsKey(name) ? Fail($"Provider '{name}' has no model in the configuration to test with.") : Unknown(name);
        }

        ProbeResult result = await new ProviderProbe(context).TestAsync(model, cancellationToken).ConfigureAwait(false);
        return result.Succeeded ? Say($"{result.Message} ({result.Elapsed.TotalSeconds:0.0} s)") : Fail(result.Message);
    }

    private static Command OfName(string verb, string help, Func<KimiConfig, ProviderContext, string, CancellationToken, Task<int>> run)
    {
        Argument<string> name = new("NAME") { Description = "Name in the configuration." };
        Command command = new(verb, help) { name };
        command.SetAction((parsed, stop) => Guarded((config, context) => run(config, context, parsed.GetValue(name)!, stop)));
        return command;
    }

    private static async Task<int> Guarded(Func<KimiConfig, ProviderContext, Task<int>> run)
    {
        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        try
        {
            ProviderContext context = new() { Identity = new ClientIdentity(EngineInfo.Version, share), Share = share, Trace = Console.Out.WriteLine };
            return await run(ConfigurationLoader.LoadDefault(share, mayWrite: false).Config, context).ConfigureAwait(false);
        }
        catch (Exception failed) when (failed is ChatProviderException or ConfigurationException)
        {
            return Fail(failed.Message);
        }
    }

    private static int Say(string text)
    {
        Console.Out.WriteLine(text);
        return ExitCode.Success;
    }

    private static int Unknown(string name) => Fail($"'{name}' is neither a provider nor a model of the configuration.");

    private static int Fail(string text)
    {
        Console.Error.WriteLine($"Error: {text}");
        return ExitCode.Failure;
    }
}
