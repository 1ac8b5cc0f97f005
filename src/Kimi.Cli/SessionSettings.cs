using Kimi.Cli.Logging;
using Kimi.Cli.Options;
using Kimi.Engine;

namespace Kimi.Cli;

/// <summary>From the options of the command line to those of a session.</summary>
internal static class SessionSettings
{
    public static KimiSessionOptions From(KimiOptions options, LogFile log, TraceLines trace) => new()
    {
        Host = options.Host,
        WorkDirectory = options.WorkDirectory,
        AdditionalDirectories = options.AdditionalDirectories,
        SessionId = options.SessionId,
        Continue = options.Continue,
        ConfigFile = options.ConfigFile,
        ConfigText = options.ConfigText,
        Model = options.Model,
        Thinking = options.Thinking,
        AllowDemoModel = options.Mode != UiMode.Wire,
        Yolo = options.Yolo,
        Afk = options.Afk,
        RuntimeAfk = options.Mode == UiMode.Print,
        Plan = options.Plan,
        Agent = options.Agent,
        AgentFile = options.AgentFile,
        McpConfigFiles = options.McpConfigFiles,
        McpConfigs = options.McpConfigs,
        SkillsDirectories = options.SkillsDirectories,
        MaxStepsPerTurn = options.MaxStepsPerTurn,
        MaxRetriesPerStep = options.MaxRetriesPerStep,
        MaxRalphIterations = options.MaxRalphIterations,
        Log = log.Write,
        Trace = trace.Write,
        WorkerCommand = WorkerCommand(),
    };

    /// <summary>How this program starts itself to run background work.</summary>
    private static string[] WorkerCommand()
    {
        const string Command = "__background-task-worker";
        string program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? [program, typeof(SessionSettings).Assembly.Location, Command]
            : [program, Command];
    }
}
