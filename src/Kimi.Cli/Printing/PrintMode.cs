using System.Text;
using Kimi.Cli.Logging;
using Kimi.Cli.Options;
using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Background;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>Runs what is asked without a person and prints what happens.</summary>
internal sealed class PrintMode(KimiSession session, KimiOptions options, LogFile log) : IDisposable
{
    private const int ColumnsWithoutTerminal = 80;

    private readonly OutputStream _output = new(Console.OpenStandardOutput());
    private readonly int _width = Console.IsOutputRedirected ? ColumnsWithoutTerminal : Math.Max(Console.WindowWidth, 20);

    /// <summary>Runs every prompt; the first one that fails ends it. Returns the exit code.</summary>
    public static async Task<int> RunAsync(KimiSession session, KimiOptions options, LogFile log, CancellationToken interrupted)
    {
        using PrintMode mode = new(session, options, log);
        return await mode.RunAsync(interrupted).ConfigureAwait(false);
    }

    /// <summary>Runs every prompt; the first one that fails ends it. Returns the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken interrupted)
    {
        IMessagePrinter printer = Printer();
        int exitCode = options.StreamJsonInput
            ? await RunLinesAsync(printer, interrupted).ConfigureAwait(false)
            : await RunTextAsync(printer, interrupted).ConfigureAwait(false);
        _output.Flush();
        return exitCode;
    }

    /// <inheritdoc/>
    public void Dispose() => _output.Dispose();

    private IMessagePrinter Printer()
    {
        if (options.FinalMessageOnly)
        {
            return new FinalMessagePrinter(_output, options.StreamJsonOutput);
        }

        return options.StreamJsonOutput ? new StreamJsonPrinter(_output)
            : new DebugPrinter(_output, _width);
    }

    private async Task<int> RunTextAsync(IMessagePrinter printer, CancellationToken interrupted)
    {
        string? prompt = options.Prompt;
        if (prompt is null && Console.IsInputRedirected)
        {
            using StreamReader input = Input();
            prompt = (await UnlessInterrupted(input.ReadToEndAsync(CancellationToken.None)!, interrupted).ConfigureAwait(false))?.Trim();
        }

        return interrupted.IsCancellationRequested ? Interrupted()
            : string.IsNullOrEmpty(prompt) ? ExitCode.Success
            : await RunWithBackgroundAsync(printer, prompt, interrupted).ConfigureAwait(false);
    }

    /// <summary>Runs the prompt, then waits for the background tasks it left behind and runs a turn for what they bring.</summary>
    private async Task<int> RunWithBackgroundAsync(IMessagePrinter printer, string prompt, CancellationToken interrupted)
    {
        int exitCode = await RunTurnAsync(printer, prompt, interrupted).ConfigureAwait(false);
        if (exitCode != ExitCode.Success || session.Background.BeginWait() is not BackgroundWait wait)
        {
            return exitCode;
        }

        try
        {
            while (await wait.NextAsync(interrupted).ConfigureAwait(false) is BackgroundFollowUp next)
            {
                if (next.Notice is not null)
                {
                    Console.Error.WriteLine(next.Notice);
                }

                // How this turn ends does not change how the process ends.
                await RunTurnAsync(printer, next.Prompt, new TurnOptions { IsSynthetic = true }, interrupted).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            return Interrupted();
        }

        return wait.TimedOut ? ExitCode.Failure : ExitCode.Success;
    }

    private async Task<int> RunLinesAsync(IMessagePrinter printer, CancellationToken interrupted)
    {
        int exitCode = options.Prompt is string first ? await RunTurnAsync(printer, first, interrupted).ConfigureAwait(false) : ExitCode.Success;
        using StreamReader input = Input();
        while (exitCode == ExitCode.Success)
        {
            string? line = await UnlessInterrupted(input.ReadLineAsync(CancellationToken.None).AsTask(), interrupted).ConfigureAwait(false);
            if (interrupted.IsCancellationRequested)
            {
                return Interrupted();
            }

            if (line is null)
            {
                break;
            }

            if (StreamJsonInput.Read(line, out string? skipped) is string prompt)
            {
                exitCode = await RunTurnAsync(printer, prompt, interrupted).ConfigureAwait(false);
            }
            else if (skipped is not null)
            {
                log.Write("Warning", $"An input line was skipped: {skipped}.");
            }
        }

        return exitCode;
    }

    private Task<int> RunTurnAsync(IMessagePrinter printer, string prompt, CancellationToken interrupted) =>
        RunTurnAsync(printer, new UserInput(prompt), null, interrupted);

    private async Task<int> RunTurnAsync(IMessagePrinter printer, UserInput prompt, TurnOptions? turn, CancellationToken interrupted)
    {
        TurnOutcome? outcome = null;
        printer.Begin(prompt.JoinedText);
        _output.Flush();
        await foreach (WireMessage message in session.RunTurnAsync(prompt, turn, end => outcome = end, interrupted, merged: true).ConfigureAwait(false))
        {
            if (message is WireRequest request)
            {
                request.Abandon(turnEnded: false); // nobody is there who could answer
            }

            printer.Print(message);
            _output.Flush();
            if (_output.IsBroken)
            {
                session.Cancel(); // nobody reads any more: do not go on for nobody
            }
        }

        printer.End();
        int exitCode = Report(outcome!);
        _output.Flush();
        return exitCode;
    }

    private int Report(TurnOutcome outcome)
    {
        switch (outcome.Status)
        {
            case TurnStatus.Finished:
                return ExitCode.Success;
            case TurnStatus.Cancelled:
                return Interrupted();
            case TurnStatus.MaxStepsReached:
                _output.WriteLine($"Max number of steps reached: {outcome.Steps}");
                return ExitCode.Failure;
        }

        switch (outcome.Error)
        {
            case LlmNotSetException:
                _output.WriteLine("LLM not set");
                return ExitCode.Failure;
            case LlmNotSupportedException unsupported:
                WriteFailure(unsupported.Message);
                return ExitCode.Failure;
            case ChatProviderException failed:
                WriteFailure(failed.Message);
                return failed.IsRetryable ? ExitCode.Retryable : ExitCode.Failure;
            case Exception unknown:
                WriteFailure($"Unknown error: {unknown.Message}");
                _output.Flush();
                return Launcher.Fail(unknown, options, log);
            default:
                return ExitCode.Failure;
        }
    }

    // Cut at the width like the debug form, as recorded, in every output format.
    private void WriteFailure(string text)
    {
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            DebugLayout.WriteCut(_output, line, _width);
        }
    }

    private int Interrupted()
    {
        _output.WriteLine("Interrupted by user");
        return ExitCode.Failure;
    }

    private static StreamReader Input() => new(Console.OpenStandardInput(), new UTF8Encoding(false), detectEncodingFromByteOrderMarks: true);

    /// <summary>The result, or nothing once Ctrl+C came: a read of standard input cannot be taken back.</summary>
    private static async Task<string?> UnlessInterrupted(Task<string?> reading, CancellationToken interrupted)
    {
        try
        {
            return await reading.WaitAsync(interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return null;
        }
    }
}
