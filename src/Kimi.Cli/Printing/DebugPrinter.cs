using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>Every merged message up to an interrupted step, in a form for people who look for a fault.</summary>
internal sealed class DebugPrinter(OutputStream output, int width) : IMessagePrinter
{
    private bool _stopped;

    /// <inheritdoc/>
    public void Begin(string prompt)
    {
        _stopped = false;
        output.WriteLine(prompt);
    }

    /// <inheritdoc/>
    public void Print(WireMessage message)
    {
        if (!_stopped)
        {
            DebugLayout.Write(output, DebugForm.Of(message), width);
            _stopped = message is StepInterrupted;
        }
    }

    /// <inheritdoc/>
    public void End()
    {
    }
}
