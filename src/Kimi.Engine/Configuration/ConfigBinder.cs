namespace Kimi.Engine.Configuration;

/// <summary>Makes a <see cref="KimiConfig"/> of a parsed document. Unknown keys are ignored everywhere.</summary>
internal static class ConfigBinder
{
    /// <summary>Binds and checks.</summary>
    /// <param name="document">The document.</param>
    /// <param name="error">What is wrong: every setting that does not fit with its path, or the first dangling name.</param>
    /// <returns>The configuration; null when something is wrong.</returns>
    public static KimiConfig? Bind(ConfigNode document, out string error)
    {
        var errors = new List<string>();
        KimiConfig config = Config(ConfigSection.Root(document, errors));
        error = errors.Count > 0 ? string.Join("; ", errors) : DanglingName(config) ?? "";
        return error.Length > 0 ? null : config;
    }

    private static string? DanglingName(KimiConfig config)
    {
        if (config.DefaultModel.Length > 0 && !config.Models.ContainsKey(config.DefaultModel))
        {
            return $"Default model {config.DefaultModel} not found in models";
        }

        foreach (KeyValuePair<string, ModelConfig> model in config.Models)
        {
            if (!config.Providers.ContainsKey(model.Value.Provider))
            {
                return $"Provider {model.Value.Provider} not found in providers";
            }
        }

        return null;
    }

    private static KimiConfig Config(ConfigSection root)
    {
        var defaults = new KimiConfig();
        return new KimiConfig
        {
            DefaultModel = root.Text("default_model", defaults.DefaultModel),
            DefaultThinking = root.Bool("default_thinking", defaults.DefaultThinking),
            DefaultYolo = root.Bool("default_yolo", defaults.DefaultYolo),
            SkipAfkPromptInjection = root.Bool("skip_afk_prompt_injection", defaults.SkipAfkPromptInjection),
            DefaultPlanMode = root.Bool("default_plan_mode", defaults.DefaultPlanMode),
            DefaultEditor = root.Text("default_editor", defaults.DefaultEditor),
            Theme = ConfigNames.Themes[root.Choice("theme", ConfigNames.Themes, 0)],
            ShowThinkingStream = root.Bool("show_thinking_stream", defaults.ShowThinkingStream),
            Models = Models(root.Table("models")),
            Providers = Providers(root.Table("providers")),
            LoopControl = LoopControl(root.Table("loop_control")),
            Background = Background(root.Table("background")),
            Notifications = new NotificationsConfig
            {
                ClaimStaleAfterMs = root.Table("notifications").Int("claim_stale_after_ms", defaults.Notifications.ClaimStaleAfterMs, 1000),
            },
            Services = Services(root.Table("services")),
            Mcp = Mcp(root.Table("mcp")),
            Approval = new ApprovalConfig { Rules = Rules(root.Table("approval")) },
            Hooks = Hooks(root),
            MergeAllAvailableSkills = root.Bool("merge_all_available_skills", defaults.MergeAllAvailableSkills),
            ExtraSkillDirs = root.Texts("extra_skill_dirs"),
            Telemetry = root.Bool("telemetry", defaults.Telemetry),
        };
    }

    private static Dictionary<string, ModelConfig> Models(ConfigSection section)
    {
        var models = new Dictionary<string, ModelConfig>();
        foreach (string name in section.Names)
        {
            ConfigSection entry = section.Table(name);
            models.Add(name, new ModelConfig
            {
                Provider = entry.RequiredText("provider"),
                Model = entry.RequiredText("model"),
                MaxContextSize = entry.RequiredInt("max_context_size"),
                Capabilities = Capabilities(entry),
                DisplayName = entry.TextOrNull("display_name"),
                PriceInput = entry.NumberOrNull("price_input", 0),
                PriceOutput = entry.NumberOrNull("price_output", 0),
                PriceCacheRead = entry.NumberOrNull("price_cache_read", 0),
                PriceCacheWrite = entry.NumberOrNull("price_cache_write", 0),
            });
        }

        return models;
    }

    private static ModelCapabilities? Capabilities(ConfigSection entry)
    {
        if (!entry.Has("capabilities"))
        {
            return null;
        }

        var all = ModelCapabilities.None;
        foreach (string name in entry.Texts("capabilities"))
        {
            ModelCapabilities capability = ConfigNames.Capability(name);
            if (capability == ModelCapabilities.None)
            {
                entry.Note("capabilities", "must be of " + string.Join(", ", ConfigNames.Capabilities));
            }

            all |= capability;
        }

        return all;
    }

    private static Dictionary<string, ProviderConfig> Providers(ConfigSection section)
    {
        var providers = new Dictionary<string, ProviderConfig>();
        foreach (string name in section.Names)
        {
            ConfigSection entry = section.Table(name);
            providers.Add(name, new ProviderConfig
            {
                Type = (ProviderType)entry.RequiredChoice("type", ConfigNames.ProviderTypes),
                BaseUrl = entry.RequiredText("base_url"),
                ApiKey = new Secret(entry.RequiredText("api_key")),
                ApiKeySecret = entry.TextOrNull("api_key_secret"),
                Env = entry.TextTable("env"),
                CustomHeaders = entry.TextTable("custom_headers"),
                ReasoningKey = entry.TextOrNull("reasoning_key"),
                OAuth = OAuth(entry),
            });
        }

        return providers;
    }

    private static OAuthReference? OAuth(ConfigSection entry)
    {
        if (!entry.Has("oauth"))
        {
            return null;
        }

        ConfigSection oauth = entry.Table("oauth");
        return new OAuthReference(
            ConfigNames.OAuthStorages[oauth.Choice("storage", ConfigNames.OAuthStorages, 0)],
            oauth.RequiredText("key"));
    }

    private static LoopControlConfig LoopControl(ConfigSection section)
    {
        var defaults = new LoopControlConfig();
        string steps = section.Has("max_steps_per_turn") || !section.Has("max_steps_per_run") ? "max_steps_per_turn" : "max_steps_per_run";
        return new LoopControlConfig
        {
            MaxStepsPerTurn = section.Int(steps, defaults.MaxStepsPerTurn, 1),
            MaxRetriesPerStep = section.Int("max_retries_per_step", defaults.MaxRetriesPerStep, 1),
            MaxRalphIterations = section.Int("max_ralph_iterations", defaults.MaxRalphIterations, -1),
            ReservedContextSize = section.Int("reserved_context_size", defaults.ReservedContextSize, 1000),
            CompactionTriggerRatio = section.Number("compaction_trigger_ratio", defaults.CompactionTriggerRatio, 0.5, 0.99),
        };
    }

    private static BackgroundConfig Background(ConfigSection section)
    {
        var defaults = new BackgroundConfig();
        return new BackgroundConfig
        {
            MaxRunningTasks = section.Int("max_running_tasks", defaults.MaxRunningTasks, 1),
            ReadMaxBytes = section.Int("read_max_bytes", defaults.ReadMaxBytes, 1024),
            NotificationTailLines = section.Int("notification_tail_lines", defaults.NotificationTailLines, 1),
            NotificationTailChars = section.Int("notification_tail_chars", defaults.NotificationTailChars, 256),
            WaitPollIntervalMs = section.Int("wait_poll_interval_ms", defaults.WaitPollIntervalMs, 50),
            WorkerHeartbeatIntervalMs = section.Int("worker_heartbeat_interval_ms", defaults.WorkerHeartbeatIntervalMs, 100),
            WorkerStaleAfterMs = section.Int("worker_stale_after_ms", defaults.WorkerStaleAfterMs, 1000),
            KillGracePeriodMs = section.Int("kill_grace_period_ms", defaults.KillGracePeriodMs, 100),
            KeepAliveOnExit = section.Bool("keep_alive_on_exit", defaults.KeepAliveOnExit),
            AgentTaskTimeoutS = section.Int("agent_task_timeout_s", defaults.AgentTaskTimeoutS, 60),
            PrintWaitCeilingS = section.Int("print_wait_ceiling_s", defaults.PrintWaitCeilingS, 1),
        };
    }

    private static ServicesConfig Services(ConfigSection section) => new()
    {
        MoonshotSearch = Service(section, "moonshot_search"),
        MoonshotFetch = Service(section, "moonshot_fetch"),
    };

    private static ServiceConfig? Service(ConfigSection section, string name)
    {
        if (!section.Has(name))
        {
            return null;
        }

        ConfigSection entry = section.Table(name);
        return new ServiceConfig
        {
            BaseUrl = entry.RequiredText("base_url"),
            ApiKey = new Secret(entry.RequiredText("api_key")),
            CustomHeaders = entry.TextTable("custom_headers"),
            OAuth = OAuth(entry),
        };
    }

    private static McpConfig Mcp(ConfigSection section) => new()
    {
        ToolMode = (McpToolMode)section.Choice("tool_mode", ConfigNames.ToolModes, (int)McpToolMode.Deferred),
        Client = new McpClientConfig
        {
            ToolCallTimeoutMs = section.Table("client").Int("tool_call_timeout_ms", new McpClientConfig().ToolCallTimeoutMs),
        },
    };

    private static List<ApprovalRule> Rules(ConfigSection section)
    {
        var rules = new List<ApprovalRule>();
        foreach (ConfigSection entry in section.Tables("rules"))
        {
            rules.Add(new ApprovalRule(
                (ApprovalEffect)entry.RequiredChoice("effect", ConfigNames.Effects),
                entry.RequiredText("pattern")));
        }

        return rules;
    }

    private static List<HookConfig> Hooks(ConfigSection root)
    {
        var hooks = new List<HookConfig>();
        foreach (ConfigSection entry in root.Tables("hooks"))
        {
            hooks.Add(new HookConfig
            {
                Event = HookConfig.EventNames[entry.RequiredChoice("event", HookConfig.EventNames)],
                Command = entry.RequiredText("command"),
                Matcher = entry.Text("matcher", ""),
                Timeout = entry.Int("timeout", 30, 1, 600),
            });
        }

        return hooks;
    }
}
