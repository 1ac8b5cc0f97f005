using System.CommandLine;
using System.Globalization;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions.Archives;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi export</c>: a session and the logs of its time as a ZIP file.</summary>
internal static class ExportCommand
{
    public const string Help = "Export a session as a ZIP archive.";

    public static Command Make()
    {
        Argument<string?> id = new("SESSION_ID") { Arity = ArgumentArity.ZeroOrOne, Description = "The session; the last one of the work directory when left out." };
        Option<string?> file = new("--output", "-o") { HelpName = "FILE", Description = "Where to write it; default: session-<id>.zip here." };
        Option<bool> yes = new("--yes", "-y") { Arity = ArgumentArity.Zero, Description = "Do not ask." };
        Command command = new("export", Help) { id, file, yes };
        command.SetAction(parsed => Run(parsed.GetValue(id), parsed.GetValue(file), parsed.GetValue(yes)));
        return command;
    }

    private static int Run(string? id, string? file, bool yes)
    {
        string here = Environment.CurrentDirectory;
        SessionZip zip = new(ShareDirectory.Locate(EnvironmentSource.Process), HostPaths.Local.Canonical(here, here), TimeProvider.System);
        try
        {
            SessionToArchive session = id is null ? zip.FindLast() : zip.Find(id);
            if (id is null && !yes && !Confirm(session))
            {
                Console.Out.WriteLine(SessionZip.Cancelled);
                return ExitCode.Success;
            }

            WrittenArchive archive = zip.Write(session, file, here);
            Console.Out.WriteLine(archive.Path);
            if (archive.Note is not null)
            {
                Console.Error.WriteLine(archive.Note);
            }

            return ExitCode.Success;
        }
        catch (SessionArchiveException failed)
        {
            Console.Error.WriteLine(failed.Message);
            return ExitCode.Failure;
        }
    }

    private static bool Confirm(SessionToArchive session)
    {
        Console.Out.WriteLine($"{session.Title}\n{session.Id}  {session.ModifiedUtc.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}");
        Console.Out.Write("Export this session? [y/N]: ");
        return Console.In.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }
}
