namespace Kimi.Engine.Tools.Files;

/// <summary>
/// Lets one edit of a file after the other read and write it: the calls of a step run at once, and so do subagents and sessions
/// of this process. Files share a gate by chance; nobody waits for an approval inside.
/// </summary>
internal static class EditGate
{
    private static readonly SemaphoreSlim[] s_gates = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the file's turn; disposing what is returned ends it.</summary>
    public static async Task<IDisposable> EnterAsync(string path, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate = s_gates[(uint)path.GetHashCode(StringComparison.OrdinalIgnoreCase) % (uint)s_gates.Length];
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(gate);
    }

    private sealed class Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
