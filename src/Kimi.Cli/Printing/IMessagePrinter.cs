using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>Shows the merged messages of turns.</summary>
internal interface IMessagePrinter
{
    /// <summary>A turn with this prompt is about to begin.</summary>
    void Begin(string prompt);

    /// <summary>A message of the turn.</summary>
    void Print(WireMessage message);

    /// <summary>The turn has ended, well or not.</summary>
    void End();
}
