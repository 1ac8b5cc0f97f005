namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Brings the engine's log lines to the verbose and debug streams of the turn that runs. Lines that come while none
/// runs have no stream to go to.
/// </summary>
internal sealed class SessionLog
{
    private volatile Action<string, string>? _target;

    public void Write(string level, string text) => _target?.Invoke(level, text);

    /// <summary>Sends lines to a pump until the result is disposed.</summary>
    public IDisposable To(Pump<KimiCmdlet> pump)
    {
        _target = (level, text) => pump.TryPost(cmdlet =>
        {
            if (level is "Trace" or "Debug") { cmdlet.WriteDebug(text); }
            else { cmdlet.WriteVerbose(level == "Information" ? text : $"{level}: {text}"); }
        });
        return new Release(this);
    }

    private sealed class Release(SessionLog log) : IDisposable
    {
        public void Dispose() => log._target = null;
    }
}
