using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Hosts;
using Kimi.Engine.Providers;
using Kimi.Engine.Sessions;
using Kimi.Engine.Skills;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Plugins;
using Kimi.Engine.Turns.Background;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Turns.Injections;
using Kimi.Engine.Turns.Plans;
using Kimi.Engine.Turns.Subagents;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>Puts a session together, in the order that can be seen from outside: options, session, configuration, model, agent, tools, history.</summary>
internal sealed class SessionBuilder
{
    private readonly KimiSessionOptions _options;
    private readonly EnvironmentSource _environment;
    private readonly ShareDirectory _share;
    private readonly DistantWorkspace? _distant;
    private readonly IHost _host;
    private readonly Action<string, string> _log;

    private SessionBuilder(KimiSessionOptions options, DistantWorkspace? distant)
    {
        _options = options;
        _environment = options.Environment ?? EnvironmentSource.Process;
        _share = ShareDirectory.Locate(_environment);
        _distant = distant;
        _host = distant is not null ? distant.Host : new LocalHost(_share.Home);
        _log = options.Log ?? (static (_, _) => { });
    }

    /// <summary>Builds a session; a machine given is closed with it.</summary>
    /// <exception cref="KimiStartupException">Something given cannot be used.</exception>
    public static SessionParts Build(KimiSessionOptions options, DistantWorkspace? distant)
    {
        try
        {
            return new SessionBuilder(options, distant).Build();
        }
        catch (Exception e) when (e is ConfigurationException or InvalidToolsException or AgentSpecException or SystemPromptTemplateException or SessionStorageException or ChatProviderException or IOException or UnauthorizedAccessException)
        {
            throw new KimiStartupException(e.Message, e is ConfigurationException && options.ConfigText is not null ? "--config" : null, e);
        }
    }

    private SessionParts Build()
    {
        string workDirectory = _distant?.WorkDirectory ?? LocalWorkDirectory();
        LoadedConfiguration loaded = LoadConfiguration();
        KimiConfig config = loaded.Config;
        SessionStore store = new(_share.SessionsDirectory, _share.MetadataFile, workDirectory, _host.Name);
        SessionLocation location = OpenSession(store);
        SessionLock sessionLock = store.Lock(location);
        try
        {
            return Build(loaded, config, store, location, sessionLock, workDirectory);
        }
        catch
        {
            Abandon(store, location, sessionLock);
            throw;
        }
    }

    private string LocalWorkDirectory()
    {
        string directory = _host.Paths.Canonical(_options.WorkDirectory ?? Environment.CurrentDirectory, Environment.CurrentDirectory);
        return System.IO.Directory.Exists(directory) ? directory : throw new KimiStartupException($"The work directory '{directory}' does not exist.");
    }

    private SessionParts Build(LoadedConfiguration loaded, KimiConfig config, SessionStore store, SessionLocation location, SessionLock sessionLock, string workDirectory)
    {
        SessionState state = new(location.Directory);
        state.Load();
        SkillCatalog? loadedSkills = null;
        SkillCatalog Skills() => loadedSkills ??= LoadSkills(config, workDirectory);
        Workspace workspace = AddDirectories(state, workDirectory, () => _distant is null ? [.. Skills().Roots.Select(static root => root.Path)] : []);
        ResolvedModel resolved = ModelResolution.Resolve(loaded, _environment, _options.Model, _options.Thinking, _options.AllowDemoModel);
        ClientIdentity identity = new(EngineInfo.Version, _share);
        AgentModel? model = ModelFactory.Create(resolved, config, location.Id, _share, _options, identity);

        WireHub hub = new();
        WireLog wireLog = new(Path.Join(location.Directory, "wire.jsonl"), _options.Time) { Report = line => _log("Error", line) };
        hub.Journal = wireLog.Record;
        ApprovalState approvalState = new(_options.Yolo || config.DefaultYolo || state.Yolo, state.Afk, state.AutoApproveActions) { RuntimeAfk = _options.RuntimeAfk };
        ApprovalService approvals = new(hub, approvalState)
        {
            AlwaysAsk = _options.AlwaysAsk,
            Rules = new ApprovalRules([.. _options.ApprovalRules, .. config.Approval.Rules], _host.Paths, workDirectory, _distant is null ? RealPath.Of : null, _host.Home),
            Decider = _options.Approve is { } approve ? (request, stop) => approve(request, stop) : null,
        };
        void SaveState()
        {
            state.Yolo = approvalState.Yolo;
            state.Afk = approvalState.Afk;
            state.AutoApproveActions = approvalState.AutoApproveActions;
            state.Save();
        }

        approvalState.Changed = SaveState;
        if (_options.Afk)
        {
            approvalState.Afk = true;
        }

        PlanMode plan = new(state, _share, state.Save);
        Questions questions = new(_options.AnswerQuestions);
        HookEngine hookEngine = new(new HookEngineOptions
        {
            SessionId = location.Id,
            WorkDirectory = workDirectory,
            StartDirectory = _distant is null ? null : Environment.CurrentDirectory,
            Hooks = config.Hooks,
            Log = line => _log("Warning", line),
            Time = _options.Time,
        });
        SessionHooks hooks = new(hookEngine, hub, _log);
        AgentSpec spec = LoadAgentSpec();
        ShellEnvironment shell = _distant?.Host.Shell ?? ShellDetection.Detect();
        AfkInjection afk = new(() => approvalState.Afk, config.SkipAfkPromptInjection);
        Conversation conversation = new(location.Directory) { Report = line => _log("Warning", line) };
        conversation.Restore();

        LoopControlConfig limits = config.LoopControl with
        {
            MaxStepsPerTurn = _options.MaxStepsPerTurn ?? config.LoopControl.MaxStepsPerTurn,
            MaxRetriesPerStep = _options.MaxRetriesPerStep ?? config.LoopControl.MaxRetriesPerStep,
            MaxRalphIterations = _options.MaxRalphIterations ?? config.LoopControl.MaxRalphIterations,
        };
        BackgroundTasks background = new(new BackgroundSettings
        {
            SessionDirectory = location.Directory,
            SessionId = location.Id,
            WorkDirectory = workDirectory,
            Shell = shell,
            HostName = _host.Name,
            Config = config.Background,
            Notifications = config.Notifications,
            WorkerCommand = _options.WorkerCommand,
            Time = _options.Time,
            CancelApprovals = approvals.CancelSource,
            Log = _log,
        });
        NotificationFeed notifications = new(background, hub, hooks);
        PromptVariables? knownVariables = null;
        PromptVariables PromptValues() => knownVariables ??= Variables(workspace, shell, Skills);
        Agent? root = null;
        ToolServices? rootServices = null;
        SubagentTeam team = new(new SubagentSettings
        {
            SessionDirectory = location.Directory,
            ParentSpec = spec,
            Parent = () => root!,
            Services = () => rootServices!,
            Approvals = approvals,
            Hooks = hookEngine,
            Tasks = background,
            Variables = PromptValues,
            MakeModel = (alias, thinking) => ModelResolution.ResolveAlias(config, _environment, alias, thinking) is ResolvedModel other
                ? ModelFactory.CreateBeside(root!.Model, resolved, other, location.Id, _share, _options, identity)
                : null,
            Config = config,
            Time = _options.Time,
            Log = _log,
        });
        Toolset toolset = new() { Hooks = hooks, Approvals = approvals };
        SessionMcp? mcp = SessionMcp.Create(_options, config, _share, _environment, _distant is null ? workDirectory : Environment.CurrentDirectory, approvals, hub, resolved.IsDemo, _log);
        Agent agent = new()
        {
            Prepare = mcp is null ? null : mcp.PrepareAsync,
            PromptSuffix = mcp is null ? null : () => mcp.Manager.IndexBlock,
            OnHistoryRewritten = mcp is null ? null : () => mcp.Manager.OnHistoryRewritten(conversation.History),
            Model = model,
            Conversation = conversation,
            Tools = toolset,
            Wire = hub,
            Limits = limits,
            Hooks = hooks,
            Caller = new ModelCaller(_options.Time, Random.Shared),
            Injections = [new PlanInjection(plan), afk],
            Notifications = notifications,
            IsPlanMode = () => plan.IsActive,
            PlanSetByHand = () => plan.ByHand,
            Models = new ModelLog(location.Directory, _options.Time) { Report = line => _log("Warning", line) },
            Warn = line => _log("Warning", line),
        };
        root = agent;
        ToolServices services = rootServices = new ToolServices
        {
            Host = _host,
            Workspace = workspace,
            Shell = shell,
            Approvals = approvals,
            PlanMode = plan,
            Todos = new RootTodos(state),
            ModelCapabilities = model?.Capabilities ?? ModelCapabilities.None,
            Config = config,
            Share = _share,
            Environment = _environment,
            Identity = identity,
            RunPowerShell = _options.RunPowerShell,
            Questions = questions,
            DMail = agent.DMail,
            BackgroundTasks = background,
            Subagents = team,
            VideoUpload = IVideoUploader.Of(model?.Provider) is IVideoUploader uploader ? new VideoUpload(uploader) : null,
            Time = _options.Time,
        };
        foreach (Tool tool in BuiltInTools.Create(spec.EffectiveTools, services))
        {
            toolset.Add(tool);
        }

        PluginTools.Add(toolset, services, line => _log("Warning", line));
        conversation.AnnouncesCheckpoints = toolset.Find("SendDMail") is not null;
        if (conversation.SystemPrompt is null)
        {
            conversation.SetSystemPrompt(SystemPrompt.Render(spec, PromptValues()));
        }

        if (_options.Plan || (config.DefaultPlanMode && !location.IsResumed))
        {
            plan.Set(true);
        }

        CommandContext context = new()
        {
            Agent = agent,
            Session = location,
            Store = store,
            State = state,
            SaveState = SaveState,
            Plan = plan,
            Afk = afk,
            Workspace = workspace,
            Services = services,
            Time = _options.Time,
            Share = _share,
            Approval = approvalState,
            Skills = Skills,
            Log = _log,
        };
        SlashCommands commands = new(context);
        ClientDesk desk = new(toolset, hooks, questions, identity);
        if (_options.IsClientDriven)
        {
            desk.Close();
        }

        SessionParts parts = new()
        {
            Location = location,
            Lock = sessionLock,
            Store = store,
            State = state,
            WireLog = wireLog,
            Hub = hub,
            Config = config,
            Agent = agent,
            Toolset = toolset,
            Approvals = approvals,
            Plan = plan,
            Commands = commands,
            Hooks = hooks,
            Workspace = workspace,
            Questions = questions,
            ClientDesk = desk,
            Background = new SessionBackground(background, notifications),
            UsesDemoModel = resolved.IsDemo,
            Log = _log,
        };
        foreach (Tool tool in _options.Tools)
        {
            toolset.Add(tool);
            parts.CallerTools.Add(tool.Name);
        }

        parts.NotificationWatch = () => new NotificationPump(background, notifications);
        parts.Closing.Add(() => new ValueTask(BackgroundEnd.RunAsync(background, line => (parts.Background.Notice ?? (text => _log("Warning", text)))(line))));
        team.Repair();
        background.Reconcile();
        notifications.Restore(conversation.History);
        if (mcp is not null)
        {
            mcp.Manager.Attach(toolset);
            mcp.Manager.Start();
            parts.Mcp = mcp.Manager;
            parts.Closing.Add(mcp.Manager.DisposeAsync);
        }

        if (_distant is not null)
        {
            parts.Closing.Add(_distant.DisposeAsync);
        }

        return parts;
    }

    private LoadedConfiguration LoadConfiguration() => _options switch
    {
        { ConfigText: { } text } => ConfigurationLoader.LoadText(text),
        { ConfigFile: { } file } => ConfigurationLoader.LoadFile(file, _share),
        _ => ConfigurationLoader.LoadDefault(_share),
    };

    private SessionLocation OpenSession(SessionStore store)
    {
        if (_options.Continue)
        {
            return store.OpenLast() ?? throw new KimiStartupException("No previous session found for the working directory", "--continue");
        }

        return _options.SessionId is string id ? store.Open(id) : store.Create();
    }

    private Workspace AddDirectories(SessionState state, string workDirectory, Func<IReadOnlyList<string>> skillRoots)
    {
        HostPaths paths = _host.Paths;
        List<string> directories = [.. _distant is null ? state.AdditionalDirectories.Where(System.IO.Directory.Exists) : state.AdditionalDirectories];
        foreach (string canonical in _distant?.AdditionalDirectories ?? LocalAdditionalDirectories())
        {
            if (!paths.Contains(workDirectory, canonical) && !directories.Contains(canonical))
            {
                directories.Add(canonical);
            }
        }

        if (!directories.SequenceEqual(state.AdditionalDirectories))
        {
            state.AdditionalDirectories = directories;
            state.Save();
        }

        return new Workspace(paths, workDirectory, directories, skillRoots);
    }

    private List<string> LocalAdditionalDirectories()
    {
        List<string> directories = [];
        foreach (string directory in _options.AdditionalDirectories)
        {
            string canonical = _host.Paths.Canonical(_host.Paths.ExpandHome(directory, _share.Home), Environment.CurrentDirectory);
            if (!System.IO.Directory.Exists(canonical))
            {
                throw new KimiStartupException($"The directory '{canonical}' to add does not exist.", "--add-dir");
            }

            directories.Add(canonical);
        }

        return directories;
    }

    private AgentSpec LoadAgentSpec()
    {
        if (_options.AgentFile is string file)
        {
            return AgentSpecLoader.LoadFile(file);
        }

        string name = _options.Agent ?? BuiltInAgents.DefaultName;
        return BuiltInAgents.Find(name) ?? throw new KimiStartupException($"There is no built-in agent '{name}': use 'default' or 'okabe'.", "--agent");
    }

    private SkillCatalog LoadSkills(KimiConfig config, string workDirectory) => SkillCatalog.Load(
        SkillRoots.Find(new SkillRootOptions
        {
            ProjectRoot = _distant is null ? ProjectRoot.Find(workDirectory) : null,
            Home = _share.Home,
            ShareDirectory = _share.Root,
            MergeAllBrands = config.MergeAllAvailableSkills,
            ExtraDirectories = config.ExtraSkillDirs,
            OverrideDirectories = _options.SkillsDirectories,
            BuiltInDirectory = SkillRoots.BuiltInDirectory(),
        }),
        line => _log("Warning", line));

    private PromptVariables Variables(Workspace workspace, ShellEnvironment shell, Func<SkillCatalog> skills) => new()
    {
        WorkDir = workspace.WorkDirectory,
        Now = _options.Time.GetLocalNow(),
        ShellName = shell.Name,
        ShellPath = shell.Path,
        Files = _distant?.Files ?? PromptFiles.Local,

        // The tools cannot read the files of skills that are here; as commands they are there all the same.
        Skills = () => (_distant is null ? skills() : SkillCatalog.Empty).Describe(),
        AdditionalDirs = workspace.AdditionalDirectories,
        Os = shell.OsKind,
    };

    private static void Abandon(SessionStore store, SessionLocation location, SessionLock sessionLock)
    {
        try
        {
            if (location.IsNew)
            {
                SessionState state = new(location.Directory);
                state.Load();
                store.Finish(location, state, sessionLock, succeeded: false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SessionStorageException)
        {
            // The error that stops the start is the one to show.
        }

        sessionLock.Dispose();
    }
}
