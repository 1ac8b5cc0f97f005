using System.Text;
using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Hosting;

/// <summary>Runs one of the session's own commands, such as <c>/compact</c>.</summary>
internal static class SlashCommand
{
    /// <summary>Runs a command; gives what it said.</summary>
    /// <exception cref="SessionBusyException">A turn runs in the session.</exception>
    public static async Task<string> RunAsync(OpenSession session, string command, CancellationToken stop)
    {
        if (session.TryBeginTurn() == 0) { throw new SessionBusyException(); }
        try
        {
            StringBuilder said = new();
            TurnOutcome? outcome = null;
            KimiSession engine = session.Engine();
            await foreach (WireMessage message in engine.RunTurnAsync(new UserInput(command), null, o => outcome = o, stop).ConfigureAwait(false))
            {
                if (message is ContentEvent { Part: TextPart text }) { said.Append(text.Text).Append('\n'); }
            }

            stop.ThrowIfCancellationRequested();
            return outcome?.Error is Exception error ? throw error : said.ToString().TrimEnd();
        }
        finally
        {
            session.EndTurn();
        }
    }
}
