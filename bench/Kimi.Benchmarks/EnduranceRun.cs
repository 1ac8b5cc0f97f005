using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Kimi.Benchmarks;

/// <summary>The fuzz and kill tests of the wire server, at length: other lines and other instants with every seed.</summary>
internal static class EnduranceRun
{
    private const int Kills = 200;
    private const int Lines = 100_000;

    /// <summary>Builds the tests of the command and runs the two, with a seed of this run.</summary>
    /// <param name="args">Number of kills, of lines, and the seed; 200, 100,000 and one of the clock when not given.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        int kills = Number(args, 0, Kills);
        int lines = Number(args, 1, Lines);
        int seed = Number(args, 2, Environment.TickCount & 0xffffff);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills, {lines} lines, seed {seed}"));
        string project = Path.GetFullPath(Path.Join(Path.GetDirectoryName(Here()), "..", "..", "tests", "Kimi.Cli.Tests"));
        ProcessStartInfo start = new("dotnet", ["run", "--project", project, "-c", "Release", "--", "-class", "Kimi.Cli.Tests.Serving.FuzzTests"]);
        start.Environment["KIMI_TEST_KILLS"] = kills.ToString(CultureInfo.InvariantCulture);
        start.Environment["KIMI_TEST_FUZZ_LINES"] = lines.ToString(CultureInfo.InvariantCulture);
        start.Environment["KIMI_TEST_SEED"] = seed.ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync().ConfigureAwait(false);
        return process.ExitCode;
    }

    private static int Number(string[] args, int index, int otherwise) =>
        args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

    private static string Here([CallerFilePath] string here = "") => here;
}
