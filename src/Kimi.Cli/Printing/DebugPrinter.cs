using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>Every merged message in a form for people who look for a fault.</summary>
internal sealed class DebugPrinter(OutputStream output, int width) : IMessagePrinter
{
    /// <inheritdoc/>
    public void Begin(string prompt) => output.WriteLine(prompt);

    /// <inheritdoc/>
    public void Print(WireMessage message) => DebugLayout.Write(output, DebugForm.Of(message), width);

    /// <inheritdoc/>
    public void End()
    {
    }
}
