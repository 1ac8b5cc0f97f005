using System.Runtime.InteropServices;

namespace Kimi.Cli;

/// <summary>Ctrl+C. The first one is a wish, which the face fulfils; a second one ends the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _wish = new();
    private readonly PosixSignalRegistration _registration;
    private Func<bool>? _handler;

    public Interruption() => _registration = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);

    /// <summary>Cancelled by Ctrl+C, unless a handler took it.</summary>
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
        _registration.Dispose();
        _wish.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (_handler?.Invoke() == true)
        {
            context.Cancel = true;
            return;
        }

        // Who asks twice means it: the default action, the end of the process, follows.
        context.Cancel = !_wish.IsCancellationRequested;
        _wish.Cancel();
    }
}
