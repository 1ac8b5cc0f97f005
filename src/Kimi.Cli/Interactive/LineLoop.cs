using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Interactive;

/// <summary><c>kimi</c> at a terminal: a prompt, a turn, a prompt. Ctrl+C stops the turn; once more, the program.</summary>
internal sealed class LineLoop(KimiSession session, ConsoleDialog dialog, Interruption interruption) : IDisposable
{
    private static readonly TimeSpan s_keyInterval = TimeSpan.FromMilliseconds(100);
    private const int KeyIntervalsPerLook = 10;

    private readonly CancellationTokenSource _leave = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token);
    private readonly TurnRenderer _renderer = new(Console.Out, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");
    private readonly IdleTurns _idle = new(session);
    private bool _warned;

    private McpManager? _untold;

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
                ? await RunTurnAsync(new UserInput(only), null).ConfigureAwait(false) ? ExitCode.Success : ExitCode.Failure
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
        if (session.Mcp is { IsBuiltIn: false } servers)
        {
            if (servers.IsLoading)
            {
                _renderer.Notice(McpStatusText.Connecting);
            }

            _untold = servers;
        }

        while (true)
        {
            string? line;
            try
            {
                line = (await NextLineAsync().ConfigureAwait(false))?.Trim();
            }
            catch (Exception left) when (left is OperationCanceledException or IOException)
            {
                // The person has left, or the terminal is gone, which is the same.
                StandardError.WriteLine("");
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
                case "/hooks":
                    Console.Out.WriteLine(TerminalText.Visible(session.DescribeHooks()));
                    break;
                case "/task":
                    await BrowseTasksAsync().ConfigureAwait(false);
                    break;
                case not null when line.StartsWith("/task ", StringComparison.Ordinal):
                    Console.Out.WriteLine(TaskBrowser.Usage);
                    break;
                case "/mcp":
                    Console.Out.WriteLine(TerminalText.Visible(McpStatusText.Describe(session.Mcp?.Status())));
                    break;
                default:
                    _idle.Spoken();
                    await RunTurnAsync(new UserInput(line), null).ConfigureAwait(false);
                    break;
            }

            if (_leave.IsCancellationRequested)
            {
                return ExitCode.Success;
            }
        }
    }

    // Until the first key is pressed nobody minds that something is written: what background tasks have to say is said then.
    private async Task<string?> NextLineAsync()
    {
        await LookAtTasksAsync().ConfigureAwait(false);
        Console.Out.Write("\n> ");
        for (int intervals = 1; !dialog.Lines.IsBegun; intervals++)
        {
            await Task.Delay(s_keyInterval, _leave.Token).ConfigureAwait(false);
            if (intervals % KeyIntervalsPerLook == 0 && await LookAtTasksAsync().ConfigureAwait(false))
            {
                Console.Out.Write("\n> ");
            }
        }

        return await dialog.Lines.ReadAsync(_leave.Token).ConfigureAwait(false);
    }

    /// <summary>Says how MCP servers came out and which tasks have ended, or hands their results to the model, which shows it too; returns whether there was anything.</summary>
    private async Task<bool> LookAtTasksAsync()
    {
        bool told = TellOfServers();
        IReadOnlyList<string> toasts = session.Background.TakeToasts();
        UserInput? news = _idle.Next();
        if (news is null)
        {
            foreach (string toast in toasts)
            {
                Console.Out.WriteLine($"\n{TerminalText.Visible(toast)}");
            }

            return told || toasts.Count > 0;
        }

        for (; news is not null && !_leave.IsCancellationRequested; news = _idle.Next())
        {
            _warned = false;
            Console.Out.WriteLine();
            _idle.Ended(await RunTurnAsync(news, new TurnOptions { IsSynthetic = true }).ConfigureAwait(false));
        }

        return true;
    }

    /// <summary>Says once how the servers came out, when all have connected or failed.</summary>
    private bool TellOfServers()
    {
        if (_untold is not { IsLoading: false } servers)
        {
            return false;
        }

        _untold = null;
        Console.Out.WriteLine();
        _renderer.Notice(McpStatusText.Settled(servers.Status()));
        return true;
    }

    private async Task BrowseTasksAsync()
    {
        try
        {
            await new TaskBrowser(session.Background, Console.Out, dialog.Lines.ReadAsync).RunAsync(_leave.Token).ConfigureAwait(false);
        }
        catch (Exception left) when (left is OperationCanceledException or IOException)
        {
            // The prompt says the rest, if there is still somebody to say it to.
            StandardError.WriteLine("");
        }
    }

    private void ShowHelp()
    {
        foreach (SlashCommandInfo command in session.SlashCommands)
        {
            string names = string.Join(", ", [command.Name, .. command.Aliases]).Replace(", ", ", /", StringComparison.Ordinal);
            Console.Out.WriteLine(TerminalText.Visible($"  /{names,-24} {command.Description.AsSpan().Trim().ToString().ReplaceLineEndings(" ")}"));
        }

        Console.Out.WriteLine($"  {"/hooks",-25} Show the configured hooks.");
        Console.Out.WriteLine($"  {"/task",-25} Look at background tasks and stop them.");
        Console.Out.WriteLine($"  {"/mcp",-25} Show the MCP servers and their tools.");
        Console.Out.WriteLine($"  {"/exit, exit",-25} Leave.");
    }

    private async Task<bool> RunTurnAsync(UserInput input, TurnOptions? options)
    {
        TurnOutcome? outcome = null;
        await foreach (WireMessage message in session.RunTurnAsync(input, options, end => outcome = end, _leave.Token).ConfigureAwait(false))
        {
            if (message is NotificationEvent)
            {
                // Shown here, so not again at the next prompt.
                session.Background.TakeToasts();
            }

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
            StandardError.WriteLine(TerminalText.Visible(trouble));
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
            StandardError.WriteLine("\nCtrl+C once more leaves.");
        }
        else
        {
            _leave.Cancel();
        }

        return true;
    }
}
