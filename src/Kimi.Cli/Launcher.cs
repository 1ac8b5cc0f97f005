using Kimi.Cli.Interactive;
using Kimi.Cli.Logging;
using Kimi.Cli.Options;
using Kimi.Cli.Printing;
using Kimi.Cli.Serving;
using Kimi.Engine;
using Kimi.Engine.Configuration;

namespace Kimi.Cli;

/// <summary>Opens a session, hands it to the face that was asked for, and puts it away.</summary>
internal static class Launcher
{
    public static async Task<int> RunAsync(KimiOptions options)
    {
        if (options.Mode == UiMode.Shell && Console.IsInputRedirected)
        {
            StandardError.WriteLine("Without a terminal, kimi runs with --print (and -p \"…\" or a prompt on standard input) or with --wire.");
            return ExitCode.Usage;
        }

        EnvironmentProxy.Rewrite(EnvironmentSource.Process, Environment.SetEnvironmentVariable);
        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        using LogFile log = new(share.LogFile, options.Debug, TimeProvider.System);
        try
        {
            return await RunAsync(options, share, log).ConfigureAwait(false);
        }
        catch (KimiStartupException wrong) when (wrong.Option is string option)
        {
            log.Write("Error", wrong.ToString());
            throw UsageException.Check(option, wrong.Message);
        }
        catch (Exception failed) when (failed is not UsageException)
        {
            return Fail(failed, options, log);
        }
    }

    /// <summary>The block of a failure that ends the process.</summary>
    public static int Fail(Exception failed, KimiOptions options, LogFile log)
    {
        log.Write("Error", failed.ToString());
        StandardError.WriteLine(options.Debug
            ? failed.ToString()
            : $"{failed.Message}\nSee logs: {log.FilePath}\nRun with --debug for full traceback, or run kimi export to share diagnostics.");
        return ExitCode.Failure;
    }

    private static async Task<int> RunAsync(KimiOptions options, ShareDirectory share, LogFile log)
    {
        using Interruption interruption = new();
        TraceLines trace = new();
        KimiSessionOptions settings = SessionSettings.From(options, log, trace);
        if (options.Mode != UiMode.Shell)
        {
            return await RunAsync(settings, interruption, session => options.Mode == UiMode.Wire
                ? WireServer.RunAsync(session, log, trace, interruption.Token)
                : PrintMode.RunAsync(session, options, log, interruption.Token)).ConfigureAwait(false);
        }

        using ConsoleDialog dialog = new(new ConsoleLines());
        settings.Approve = dialog.ApproveAsync;
        settings.AnswerQuestions = dialog.AnswerAsync;
        if (options.PickSession)
        {
            settings.SessionId = await SessionPicker.PickAsync(dialog.Lines, share, options.WorkDirectory, interruption.Token).ConfigureAwait(false);
        }

        return await RunAsync(settings, interruption, session => LineLoop.RunAsync(session, dialog, interruption, options.Prompt)).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(KimiSessionOptions settings, Interruption interruption, Func<KimiSession, Task<int>> face)
    {
        KimiSession session = await KimiSession.OpenAsync(settings, interruption.Token).ConfigureAwait(false);
        session.Background.Notice = StandardError.WriteLine;
        int exitCode = ExitCode.Failure;
        try
        {
            if (session.UsesDemoModel)
            {
                StandardError.WriteLine("No model is configured: the built-in demo model answers. It needs no key and no network.");
            }

            exitCode = await face(session).ConfigureAwait(false);
        }
        finally
        {
            string id = session.Id;
            if (await session.CloseAsync(exitCode == ExitCode.Success).ConfigureAwait(false))
            {
                StandardError.WriteLine($"\nTo resume this session: kimi{(settings.Host is string host ? $" --host {host} -w '{session.WorkDirectory}'" : "")} -r {id}");
            }
        }

        return exitCode;
    }
}
