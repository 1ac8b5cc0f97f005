using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Interactive;

/// <summary><c>kimi</c> at a terminal: a prompt, a turn, a prompt. Ctrl+C stops the turn; once more, the program.</summary>
internal sealed class LineLoop(KimiSession session, ConsoleDialog dialog, Interruption interruption) : IDisposable
{
    private readonly CancellationTokenSource _leave = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
    private readonly TurnRenderer _renderer = new(Console.Out, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");
    private bool _warned;

    /// <summary>Runs one prompt, or prompts until the person leaves; returns the exit code.</summary>
    public static async Task<int> RunAsync(KimiSession session, ConsoleDialog dialog, Interruption interruption, string? only)
    {
        using LineLoop loop = new(session, dialog, interruption);
        return await loop.RunAsync(only).ConfigureAwait(false);
    }

    /// <summary>Runs one prompt, or prompts until the person leaves; returns the exit code.</summary>
    public async Task<int> RunAsync(string? only)
    {
        interruption.Handler = OnInterrupt;
        try
        {
            return only is not null
                ? await RunTurnAsync(only).ConfigureAwait(false) ? ExitCode.Success : ExitCode.Failure
                : await LoopAsync().ConfigureAwait(false);
        }
        finally
        {
            interruption.Handler = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _leave.Dispose();

    private async Task<int> LoopAsync()
    {
        Console.Out.WriteLine($"kimi {ProductVersion.Text} - model {session.ModelName ?? "none"} - {session.WorkDirectory}\n/help lists the commands. Ctrl+C stops a turn; exit leaves, and Ctrl+C twice.");
        while (true)
        {
            Console.Out.Write("\n> ");
            string? line;
            try
            {
                line = (await dialog.Lines.ReadAsync(_leave.Token).ConfigureAwait(false))?.Trim();
            }
            catch (OperationCanceledException)
            {
                Console.Out.WriteLine();
                return ExitCode.Success;
            }

            _warned = false;
            switch (line)
            {
                case null or "exit" or "quit" or "/exit" or "/quit":
                    return ExitCode.Success;
                case "":
                    break;
                case "/help" or "/?":
                    ShowHelp();
                    break;
                default:
                    await RunTurnAsync(line).ConfigureAwait(false);
                    break;
            }

            if (_leave.IsCancellationRequested)
            {
                return ExitCode.Success;
            }
        }
    }

    private void ShowHelp()
    {
        foreach (SlashCommandInfo command in session.SlashCommands)
        {
            string names = string.Join(", ", [command.Name, .. command.Aliases]).Replace(", ", ", /", StringComparison.Ordinal);
            Console.Out.WriteLine(TerminalText.Visible($"  /{names,-24} {command.Description.AsSpan().Trim().ToString().ReplaceLineEndings(" ")}"));
        }

        Console.Out.WriteLine($"  {"/exit, exit",-25} Leave.");
    }

    private async Task<bool> RunTurnAsync(string prompt)
    {
        TurnOutcome? outcome = null;
        await foreach (WireMessage message in session.RunTurnAsync(new UserInput(prompt), null, end => outcome = end, _leave.Token).ConfigureAwait(false))
        {
            await dialog.WriteAsync(() => _renderer.Show(message)).ConfigureAwait(false);
        }

        await dialog.WriteAsync(_renderer.End).ConfigureAwait(false);
        string? trouble = outcome!.Status switch
        {
            TurnStatus.Finished => null,
            TurnStatus.Cancelled => "Interrupted by user",
            TurnStatus.MaxStepsReached => $"Max number of steps reached: {outcome.Steps}",
            _ when outcome.Error is LlmNotSetException => "LLM not set: configure a model, or choose one with --model.",
            _ => outcome.Error?.Message,
        };
        if (trouble is not null)
        {
            Console.Error.WriteLine(TerminalText.Visible(trouble));
        }

        return trouble is null;
    }

    private bool OnInterrupt()
    {
        if (session.IsBusy && !_warned)
        {
            _warned = true;
            session.Cancel();
        }
        else if (!_warned)
        {
            _warned = true;
            Console.Error.WriteLine("\nCtrl+C once more leaves.");
        }
        else
        {
            _leave.Cancel();
        }

        return true;
    }
}
