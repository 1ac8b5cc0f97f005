using System.Management.Automation;
using System.Security;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>What can be said about a session when it is opened.</summary>
public abstract class SessionOptionsCommand : KimiCmdlet
{
    /// <summary>The parameter set of commands that open a session.</summary>
    private protected const string NewSet = "New";

    /// <summary>The machine whose files and programs the tools use, through ssh; this one if not given.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string? HostName { get; set; }

    /// <summary>The directory the agent works in; the current location if not given, on another machine that of a login.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public virtual string? WorkDirectory { get; set; }

    /// <summary>Further directories that belong to the workspace.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string[]? AddDirectory { get; set; }

    /// <summary>Runs the scripts of the agent's PowerShell tool in an isolated runspace of this process.</summary>
    [Parameter(ParameterSetName = NewSet)]
    public SwitchParameter InProcess { get; set; }

    /// <summary>A configuration file to use instead of the default one.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string? ConfigFile { get; set; }

    /// <summary>The key for the provider of the model, in place of the configured one.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>Where SecretManagement keeps that key: vault and secret, as <c>vault/secret</c>.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidatePattern(Vaults.Pattern)]
    public string? ApiKeySecret { get; set; }

    /// <summary>An agent file that defines prompt and tools.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string? AgentFile { get; set; }

    /// <summary>Files that name MCP servers; the default one if not given.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string[]? McpConfigFile { get; set; }

    /// <summary>Directories with skills, instead of those found by default.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string[]? SkillPath { get; set; }

    /// <summary>A file to record the traffic with the model in, without secrets.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string? Record { get; set; }

    /// <summary>A recording that answers in place of a model.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    public string? Replay { get; set; }

    /// <summary>What happens to tool calls that can change something.</summary>
    [Parameter]
    public ApprovalMode ApprovalMode { get; set; }

    /// <summary>Tools, or tools with a target, that run without asking.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CallableToolCompleter))]
    public string[]? AllowTool { get; set; }

    /// <summary>Tools, or tools with a target, that are never run.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CallableToolCompleter))]
    public string[]? DenyTool { get; set; }

    /// <summary>Whether one of these parameters was given.</summary>
    private protected bool IsBound(params ReadOnlySpan<string> parameters)
    {
        foreach (string parameter in parameters)
        {
            if (MyInvocation.BoundParameters.ContainsKey(parameter)) { return true; }
        }

        return false;
    }

    /// <summary>The mode, if it was given.</summary>
    private protected ApprovalMode? GivenMode => IsBound(nameof(ApprovalMode)) ? ApprovalMode : null;

    /// <summary>Reads rules; ends the command if one is none.</summary>
    private protected IReadOnlyList<string> Rules(string[]? rules)
    {
        if (rules is not null && ApprovalPolicy.FindInvalid(rules) is string invalid) { ThrowTerminatingError(Errors.RuleInvalid(invalid)); }
        return rules ?? [];
    }

    /// <summary>The path of a file or directory of the file system that exists; ends the command otherwise.</summary>
    private protected string Existing(string path, bool directory)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem" || !(directory ? Directory.Exists(full) : File.Exists(full)))
        {
            ThrowTerminatingError(Errors.PathNotFound(path));
        }

        return full;
    }

    /// <summary>The directory to work in; null for that of a login on another machine.</summary>
    private protected string? ResolveWorkDirectory() =>
        HostName is not null ? WorkDirectory
        : WorkDirectory is not null ? Existing(WorkDirectory, directory: true) : SessionState.Path.CurrentFileSystemLocation.ProviderPath;

    /// <summary>What was said about the session.</summary>
    /// <param name="model">The model that was asked for; null for the default one.</param>
    private protected SessionRequest Request(string? model)
    {
        if (ApiKey is not null && ApiKeySecret is not null) { ThrowTerminatingError(Errors.Conflict(nameof(ApiKey), nameof(ApiKeySecret))); }
        // A runspace of its own has the full language: no way out of a session that has not.
        if (InProcess && SessionState.LanguageMode != PSLanguageMode.FullLanguage) { ThrowTerminatingError(Errors.LanguageMode(nameof(InProcess))); }
        string? configFile = ConfigFile is null ? null : Existing(ConfigFile, directory: false);
        if (Replay is not null) { return Request(configFile, ApiKey); } // a recording answers, whatever the model is
        LoadedConfiguration? loaded = Load(configFile);
        if (loaded is not null && model is not null && !IsKnown(loaded, model)) { ThrowTerminatingError(Errors.ModelNotFound(model)); }
        return Request(configFile, ApiKey ?? ReadKey(ApiKeySecret ?? (loaded is null ? null : ConfiguredSecret(loaded, model))));
    }

    private SessionRequest Request(string? configFile, SecureString? key) => new()
    {
        HostName = HostName,
        InProcess = InProcess,
        WorkDirectory = ResolveWorkDirectory(),
        ConfigFile = configFile,
        ApiKey = key,
        AgentFile = AgentFile is null ? null : Existing(AgentFile, directory: false),
        AddDirectories = HostName is not null ? AddDirectory ?? [] : [.. (AddDirectory ?? []).Select(d => Existing(d, directory: true))],
        McpConfigFiles = McpConfigFile?.Select(f => Existing(f, directory: false)).ToArray(),
        RecordFile = Record is null ? null : Writable(Record),
        ReplayFile = Replay is null ? null : Existing(Replay, directory: false),
        SkillDirectories = SkillPath?.Select(d => Existing(d, directory: true)).ToArray(),
    };

    /// <summary>The path of a file that can be written: its directory exists; ends the command otherwise.</summary>
    private string Writable(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem" || Directory.Exists(full) || !Directory.Exists(System.IO.Path.GetDirectoryName(full)))
        {
            ThrowTerminatingError(Errors.PathNotFound(path));
        }

        return full;
    }

    // What is wrong with the configuration is told where the session is opened, in the same words as ever.
    private static LoadedConfiguration? Load(string? configFile)
    {
        try
        {
            ShareDirectory share = SessionFiles.Share;
            return configFile is null ? ConfigurationLoader.LoadDefault(share, mayWrite: false) : ConfigurationLoader.LoadFile(configFile, share);
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }

    // A name that is not configured is one all the same where variables of the environment make a model of it.
    private static bool IsKnown(LoadedConfiguration loaded, string model)
    {
        try
        {
            return loaded.Config.Models.ContainsKey(model) || ModelResolution.Resolve(loaded, EnvironmentSource.Process, model).IsUsable;
        }
        catch (ConfigurationException)
        {
            return true;
        }
    }

    private static string? ConfiguredSecret(LoadedConfiguration loaded, string? model)
    {
        try
        {
            return loaded.Config.Providers.Values.Any(p => p.ApiKeySecret is not null)
                ? Vaults.ReferenceOf(ModelResolution.Resolve(loaded, EnvironmentSource.Process, model, demoFallback: true).Provider)
                : null;
        }
        catch (ConfigurationException)
        {
            return null;
        }
    }
}
