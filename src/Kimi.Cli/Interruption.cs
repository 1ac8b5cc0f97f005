using System.Runtime.InteropServices;

namespace Kimi.Cli;

/// <summary>
/// Ctrl+C. The first one is a wish, which the face fulfils; a second one ends the process. Being asked to end, or losing the
/// terminal, is a wish too: programs that tools have started would go on without us.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _wish = new();
    private readonly PosixSignalRegistration[] _registrations;
    private Func<bool>? _handler;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnEnd),
        PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnEnd),
    ];

    /// <summary>Cancelled by Ctrl+C, unless a handler took it, and when the process shall end.</summary>
    public CancellationToken Token => _wish.Token;

    /// <summary>Asked first at each Ctrl+C; true when it took care of it.</summary>
    public Func<bool>? Handler
    {
        get => _handler;
        set => _handler = value;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _wish.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_handler?.Invoke() == true)
        {
            context.Cancel = true;
            return;
        }

        OnEnd(context);
    }

    private void OnEnd(PosixSignalContext context)
    {
        // Who asks twice means it: the default action, the end of the process, follows.
        context.Cancel = !_wish.IsCancellationRequested;
        _wish.Cancel();
    }
}
