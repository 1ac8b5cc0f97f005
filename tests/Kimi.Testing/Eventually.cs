using System.Diagnostics;

namespace Kimi.Testing;

/// <summary>Waits for what another process, or a task nobody can await, will do: only its effect can be seen.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_ceiling = TimeSpan.FromSeconds(30);

    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="TimeoutException">It never does.</exception>
    public static async Task HoldsAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > s_ceiling)
            {
                throw new TimeoutException("What is waited for does not come.");
            }

            await Task.Delay(20, cancellationToken).ConfigureAwait(false);
        }
    }
}
