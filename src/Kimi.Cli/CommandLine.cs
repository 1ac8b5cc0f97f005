using Kimi.Cli.Commands;
using Kimi.Cli.Options;

namespace Kimi.Cli;

/// <summary>From the arguments to the face or the command they ask for.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        try
        {
            ParsedOptions parsed = OptionParser.Parse(arguments);
            if (Eager(parsed))
            {
                return ExitCode.Success;
            }

            OptionParser.Check(parsed);
            if (parsed.Rest is [WebWorkerCommand.Name, .. string[] worker])
            {
                WebWorkerCommand.AddTo(parsed, worker);
                OptionParser.Check(parsed);
            }
            else if (parsed.Rest is [string command, .. string[] rest])
            {
                return await CommandTable.RunAsync(command, rest).ConfigureAwait(false);
            }

            if (Environment.GetEnvironmentVariable(WorkerArguments.Variable) is { Length: > 0 } words && WorkerArguments.CountFor(parsed, !Console.IsInputRedirected))
            {
                WorkerArguments.AddTo(parsed, words);
                OptionParser.Check(parsed);
                Environment.SetEnvironmentVariable(WorkerArguments.Variable, null); // not for a kimi that a tool of ours starts
            }

            return await Launcher.RunAsync(KimiOptions.From(parsed)).ConfigureAwait(false);
        }
        catch (UsageException wrong)
        {
            return Report(wrong);
        }
    }

    /// <summary>Says what is wrong with the command line.</summary>
    public static int Report(UsageException wrong)
    {
        string name = wrong.Command.Length == 0 ? "kimi" : $"kimi {wrong.Command}";
        string usage = wrong.Command.Length == 0 ? HelpPage.Usage : $"Usage: {name} [OPTIONS] [ARGS]...";
        Console.Error.WriteLine($"{usage}\nTry '{name} -h' for help.\n{wrong.Message}");
        return ExitCode.Usage;
    }

    private static bool Eager(ParsedOptions parsed)
    {
        foreach (OptionSpec option in parsed.Order)
        {
            if (option.Id == OptionId.Version)
            {
                ProductVersion.Print();
                return true;
            }

            if (option.Id == OptionId.Help)
            {
                Console.Out.Write(HelpPage.Write(CommandTable.Listed));
                return true;
            }
        }

        return false;
    }
}
