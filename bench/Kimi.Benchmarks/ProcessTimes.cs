using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Kimi.Testing;

namespace Kimi.Benchmarks;

/// <summary>Times the published command beside a published hello world: medians, and ratios of one run.</summary>
internal static class ProcessTimes
{
    private const int Warmups = 1;

    /// <summary>Publishes both into a temporary directory, runs them in turn and prints a table.</summary>
    /// <param name="args">Number of counted runs; 9 when none is given.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        int runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
        using TempDirectory directory = new();
        string hello = await PublishHelloAsync(directory).ConfigureAwait(false);
        string kimi = Path.Join(directory.Make("kimi"), "kimi");
        await RunToEndAsync("dotnet", "publish", Path.Join(Root(), "src", "Kimi.Cli"), "-c", "Release", "-v", "q", "-o", Path.GetDirectoryName(kimi)!).ConfigureAwait(false);

        ModelServer server = await ModelServer.StartAsync().ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            server.Answer(Reply.Says([.. Enumerable.Range(0, 20).Select(static i => $"token{i} ")]));
            string work = directory.Make("work");
            string config = directory.Write("config.toml", $"""
                default_model = "m"
                [providers.p]
                type = "openai_legacy"
                base_url = "{server.BaseUrl}"
                api_key = "none"
                [models.m]
                provider = "p"
                model = "m"
                max_context_size = 100000
                """);
            (string Name, string File, string[] Arguments)[] commands =
            [
                ("hello world", hello, []),
                ("kimi --version", kimi, ["--version"]),
                ("kimi --quiet -p (one turn)", kimi, ["--quiet", "-p", "hello", "--config-file", config, "-w", work]),
            ];
            List<double>[] samples = [.. commands.Select(static _ => new List<double>())];
            for (int run = -Warmups; run < runs; run++)
            {
                for (int i = 0; i < commands.Length; i++)
                {
                    double sample = await TimeAsync(commands[i].File, commands[i].Arguments, directory).ConfigureAwait(false);
                    if (run >= 0)
                    {
                        samples[i].Add(sample);
                    }
                }
            }

            Print(commands, samples, runs);
        }

        return 0;
    }

    private static void Print((string Name, string File, string[] Arguments)[] commands, List<double>[] samples, int runs)
    {
        Console.WriteLine($"Medians of {runs} runs, in turn; ratios to hello world.");
        Console.WriteLine("| command | wall ms | ratio |");
        Console.WriteLine("|---|---:|---:|");
        double hello = Median(samples[0]);
        for (int i = 0; i < commands.Length; i++)
        {
            double wall = Median(samples[i]);
            Console.WriteLine(FormattableString.Invariant($"| {commands[i].Name} | {wall:F0} | {wall / hello:F2} |"));
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static async Task<double> TimeAsync(string file, string[] arguments, TempDirectory directory)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = directory.Make("work") };
        start.Environment["KIMI_SHARE_DIR"] = directory.Make("share");
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();

        await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        double wall = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        return process.ExitCode == 0
            ? wall
            : throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
    }

    private static async Task<string> PublishHelloAsync(TempDirectory directory)
    {
        directory.Write("hello-source/hello.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
            </Project>
            """);
        directory.Write("hello-source/Program.cs", "System.Console.WriteLine(\"Hello, World!\");");
        string output = directory.Make("hello");
        await RunToEndAsync("dotnet", "publish", directory.At("hello-source"), "-c", "Release", "-v", "q", "-o", output).ConfigureAwait(false);
        return Path.Join(output, "hello");
    }

    private static async Task RunToEndAsync(string file, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        StringBuilder text = new(await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false));
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed: {text}{await errors.ConfigureAwait(false)}");
        }
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "..", ".."));
}
