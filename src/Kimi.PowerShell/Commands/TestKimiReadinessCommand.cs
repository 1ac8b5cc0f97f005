using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Says whether an unattended run will work, and why not.</summary>
[Cmdlet(VerbsDiagnostic.Test, Nouns.Readiness)]
[OutputType(typeof(ReadinessReport))]
public sealed class TestKimiReadinessCommand : ConfigurationCommand
{
    private const long NeededBytes = 50L * 1024 * 1024;

    private readonly List<ReadinessCheck> _checks = [];

    /// <summary>The model of the run; the default one if not given.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>The directory of the run; the current location if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public string? WorkDirectory { get; set; }

    /// <summary>Files that name MCP servers; the default one if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? McpConfigFile { get; set; }

    /// <summary>The approval mode of the run.</summary>
    [Parameter]
    public ApprovalMode ApprovalMode { get; set; }

    /// <summary>The rules of the run that allow tools.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(CallableToolCompleter))]
    public string[]? AllowTool { get; set; }

    /// <summary>Contacts nobody: neither provider nor MCP servers.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>The most seconds provider and servers may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 30;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        _checks.Clear();
        string directory = WorkDirectory is null ? SessionState.Path.CurrentFileSystemLocation.ProviderPath : Full(WorkDirectory);
        TimeSpan limit = TimeSpan.FromSeconds(TimeoutSec);
        LoadedConfiguration? loaded = ReadConfiguration();
        ResolvedModel? model = loaded is null ? null : CheckModel(loaded);
        CheckApproval(loaded);
        CheckDisk(directory);
        IReadOnlyList<McpServerConfig> servers = ReadServers();
        if (!Offline)
        {
            Await(async stop =>
            {
                Task<ProviderTest>? provider = model is { IsDemo: false }
                    ? Hosting.Providers.TestAsync(model.Model.Provider, model, limit, stop)
                    : null;
                Task<McpServerTest>[] tests = [.. servers.Select(s => TestKimiMcpServerCommand.TestAsync(s, directory, limit, null, stop))];
                if (provider is not null)
                {
                    ProviderTest answer = await provider.ConfigureAwait(false);
                    Add("Provider", answer.Success, answer.Message);
                }

                foreach (McpServerTest test in await Task.WhenAll(tests).ConfigureAwait(false)) { Add("McpServer", test.Success, test.ToString()); }
                return true;
            });
        }

        string[] reasons = [.. _checks.Where(c => !c.Success).Select(c => c.Message)];
        WriteObject(new ReadinessReport
        {
            Success = reasons.Length == 0,
            Reasons = reasons,
            Model = model?.Name ?? "",
            WorkDirectory = directory,
            Checks = [.. _checks],
        });
    }

    private LoadedConfiguration? ReadConfiguration()
    {
        try
        {
            ShareDirectory share = SessionFiles.Share;
            LoadedConfiguration loaded = ConfigFile is null
                ? ConfigurationLoader.LoadDefault(share, mayWrite: false)
                : ConfigurationLoader.LoadFile(Full(ConfigFile), share);
            Add("Configuration", true, File.Exists(loaded.Path) ? loaded.Path! : "There is no configuration file: defaults count.");
            return loaded;
        }
        catch (ConfigurationException e)
        {
            Add("Configuration", false, e.Message);
            return null;
        }
    }

    private ResolvedModel? CheckModel(LoadedConfiguration loaded)
    {
        ResolvedModel model;
        try
        {
            model = ModelResolution.Resolve(loaded, EnvironmentSource.Process, Model, demoFallback: true);
        }
        catch (ConfigurationException e)
        {
            Add("Model", false, e.Message);
            return null;
        }

        if (model.IsDemo && Model is null)
        {
            Add("Model", false, "No model is configured: the built-in demo model would answer. It follows a script.");
            return model;
        }

        Add("Model", model.IsUsable, model.IsUsable
            ? model.DisplayName
            : $"There is no usable model '{Model ?? loaded.Config.DefaultModel}'.");
        if (!model.IsUsable) { return null; }
        if (Hosting.Providers.NeedsKey(model.Provider.Type))
        {
            string source = Hosting.Providers.KeySource(model.Provider, EnvironmentSource.Process);
            Add("Key", source != "None", source == "None" ? $"The provider '{model.Model.Provider}' has no key." : $"The key comes from: {source}.");
            if (!Offline) { return ReadKey(model); }
        }

        return model;
    }

    private ResolvedModel? ReadKey(ResolvedModel model)
    {
        try
        {
            return WithKey(model);
        }
        catch (SecretUnreadableException e)
        {
            _checks[^1] = new ReadinessCheck { Name = "Key", Success = false, Message = e.Message };
            return null;
        }
    }

    private void CheckApproval(LoadedConfiguration? loaded)
    {
        bool isSaid = MyInvocation.BoundParameters.ContainsKey(nameof(ApprovalMode)) && ApprovalMode != ApprovalMode.Ask;
        bool hasRules = AllowTool is not null || loaded?.Config.Approval.Rules.Any(r => r.Effect == ApprovalEffect.Allow) == true;
        if (AllowTool is not null && ApprovalPolicy.FindInvalid(AllowTool) is string invalid) { Add("Approval", false, $"'{invalid}' is no rule for a tool."); }
        else if (isSaid) { Add("Approval", true, $"The mode is {ApprovalMode}."); }
        else if (hasRules) { Add("Approval", true, "Calls that no rule allows are refused."); }
        else { Add("Approval", false, "Nobody can be asked: every call that needs permission would be refused. Say what is allowed with -AllowTool or -ApprovalMode."); }
    }

    private void CheckDisk(string directory)
    {
        if (!Directory.Exists(directory))
        {
            Add("Disk", false, $"The directory '{directory}' does not exist.");
            return;
        }

        ShareDirectory share = SessionFiles.Share;
        try
        {
            share.Create();
            string probe = Path.Join(share.Root, $".readiness-{Guid.NewGuid():N}");
            using (File.Create(probe, 1, FileOptions.DeleteOnClose)) { }
            long free = new DriveInfo(Path.GetFullPath(share.Root)).AvailableFreeSpace;
            Add("Disk", free >= NeededBytes, free >= NeededBytes
                ? $"{share.Root} can be written to."
                : $"Only {free / (1024 * 1024)} MB are free at {share.Root}.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Add("Disk", false, $"{share.Root} cannot be written to: {e.Message}");
        }
    }

    private IReadOnlyList<McpServerConfig> ReadServers()
    {
        try
        {
            string[] files = [.. (McpConfigFile ?? []).Select(Full)];
            return McpConfigSources.Load(SessionFiles.Share, files, []);
        }
        catch (McpConfigException e)
        {
            Add("McpServer", false, e.Message);
            return [];
        }
    }

    private void Add(string name, bool success, string message) => _checks.Add(new ReadinessCheck { Name = name, Success = success, Message = message });
}
