using BenchmarkDotNet.Running;

namespace Kimi.Benchmarks;

/// <summary>
/// <c>processes</c> times whole commands as ratios to a hello world of the same run; <c>endurance [kills] [lines] [seed]</c>
/// runs the fuzz and kill tests at length; anything else goes to BenchmarkDotNet (<c>--filter *</c> for all).
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is ["processes", .. string[] rest])
        {
            return await ProcessTimes.RunAsync(rest).ConfigureAwait(false);
        }

        if (args is ["endurance", .. string[] limits])
        {
            return await EnduranceRun.RunAsync(limits).ConfigureAwait(false);
        }

        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    }
}
