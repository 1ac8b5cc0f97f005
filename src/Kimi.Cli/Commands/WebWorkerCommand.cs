using Kimi.Cli.Options;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi __web-worker ID</c>: how a web server starts the wire server of one session, in that session's work directory.</summary>
internal static class WebWorkerCommand
{
    public const string Name = "__web-worker";

    /// <summary>Adds what the command stands for to the options before it.</summary>
    /// <exception cref="UsageException">There is no such session, or the arguments are wrong.</exception>
    public static void AddTo(ParsedOptions options, string[] arguments)
    {
        if (arguments is not [string id])
        {
            throw new UsageException("Give the id of one session.", Name);
        }

        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        string here = Environment.CurrentDirectory;
        SessionStore store = new(share.SessionsDirectory, share.MetadataFile, HostPaths.Local.Canonical(here, here));
        if (store.FindAnywhere(id) is not string directory || store.WorkDirectoryOf(directory) is not string workDirectory)
        {
            throw new UsageException($"There is no session '{id}' of a work directory listed in '{share.MetadataFile}'.", Name);
        }

        options.Add(OptionId.Wire, ParsedOptions.On);
        options.Add(OptionId.WorkDir, workDirectory);
        options.Add(OptionId.Session, id);
    }
}
