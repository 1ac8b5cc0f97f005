using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Configuration;

/// <summary>Writes a configuration as TOML or JSON: every setting in schema order, what is null left out, secrets in clear text.</summary>
public static class ConfigurationWriter
{
    /// <summary>Replaces a file in one step: JSON if it is called <c>.json</c>, else TOML. On Unix, a file with secrets is the user's alone.</summary>
    /// <exception cref="ConfigurationException">The file cannot be written.</exception>
    public static void Save(KimiConfig config, string path) => Save(config, path, overwrite: true);

    /// <summary>The configuration as a TOML document.</summary>
    public static string ToToml(KimiConfig config) => TomlWriter.Write(ToTable(config));

    /// <summary>The configuration as JSON, indented by two.</summary>
    public static string ToJson(KimiConfig config)
    {
        var writer = new JsonWriter(JsonLayout.Indented);
        WriteJson(writer, ToTable(config));
        return writer.ToString();
    }

    internal static bool Save(KimiConfig config, string path, bool overwrite)
    {
        string text = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? ToJson(config) : ToToml(config);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return AtomicFile.Write(path, Encoding.UTF8.GetBytes(text), HoldsSecrets(config), overwrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Cannot write configuration file {path}: {e.Message}", e);
        }
    }

    private static bool HoldsSecrets(KimiConfig config)
    {
        foreach (KeyValuePair<string, ProviderConfig> provider in config.Providers)
        {
            // Headers and variables carry keys as well.
            if (!provider.Value.ApiKey.IsEmpty || provider.Value.CustomHeaders is { Count: > 0 } || provider.Value.Env is { Count: > 0 })
            {
                return true;
            }
        }

        return config.Services.MoonshotSearch is not null || config.Services.MoonshotFetch is not null;
    }

    private static TomlTable ToTable(KimiConfig config)
    {
        var root = new TomlTable
        {
            { "default_model", config.DefaultModel },
            { "default_thinking", config.DefaultThinking },
            { "default_yolo", config.DefaultYolo },
            { "skip_afk_prompt_injection", config.SkipAfkPromptInjection },
            { "default_plan_mode", config.DefaultPlanMode },
            { "default_editor", config.DefaultEditor },
            { "theme", config.Theme },
            { "show_thinking_stream", config.ShowThinkingStream },
            { "models", Models(config) },
            { "providers", Providers(config) },
            { "loop_control", LoopControl(config.LoopControl) },
            { "background", Background(config.Background) },
            { "notifications", new TomlTable { { "claim_stale_after_ms", config.Notifications.ClaimStaleAfterMs } } },
            { "services", Services(config.Services) },
            { "mcp", Mcp(config.Mcp) },
        };
        if (config.Approval.Rules.Count > 0)
        {
            root.Add("approval", new TomlTable { { "rules", Rules(config.Approval) } });
        }

        root.Add("hooks", Hooks(config));
        root.Add("merge_all_available_skills", config.MergeAllAvailableSkills);
        root.Add("extra_skill_dirs", Texts(config.ExtraSkillDirs));
        root.Add("telemetry", config.Telemetry);
        return root;
    }

    private static TomlTable Models(KimiConfig config)
    {
        var models = new TomlTable();
        foreach ((string name, ModelConfig model) in config.Models)
        {
            var entry = new TomlTable
            {
                { "provider", model.Provider },
                { "model", model.Model },
                { "max_context_size", model.MaxContextSize },
            };
            if (model.Capabilities is ModelCapabilities capabilities)
            {
                var names = new TomlArray();
                foreach (string capability in ConfigNames.Capabilities)
                {
                    if (capabilities.HasFlag(ConfigNames.Capability(capability)))
                    {
                        names.Add(capability);
                    }
                }

                entry.Add("capabilities", names);
            }

            AddText(entry, "display_name", model.DisplayName);
            AddNumber(entry, "price_input", model.PriceInput);
            AddNumber(entry, "price_output", model.PriceOutput);
            AddNumber(entry, "price_cache_read", model.PriceCacheRead);
            AddNumber(entry, "price_cache_write", model.PriceCacheWrite);
            models.Add(name, entry);
        }

        return models;
    }

    private static TomlTable Providers(KimiConfig config)
    {
        var providers = new TomlTable();
        foreach ((string name, ProviderConfig provider) in config.Providers)
        {
            var entry = new TomlTable
            {
                { "type", ConfigNames.ProviderTypes[(int)provider.Type] },
                { "base_url", provider.BaseUrl },
                { "api_key", provider.ApiKey.Reveal() },
            };
            AddText(entry, "api_key_secret", provider.ApiKeySecret);
            AddTexts(entry, "env", provider.Env);
            AddTexts(entry, "custom_headers", provider.CustomHeaders);
            AddText(entry, "reasoning_key", provider.ReasoningKey);
            AddOAuth(entry, provider.OAuth);
            providers.Add(name, entry);
        }

        return providers;
    }

    private static TomlTable LoopControl(LoopControlConfig control) => new()
    {
        { "max_steps_per_turn", control.MaxStepsPerTurn },
        { "max_retries_per_step", control.MaxRetriesPerStep },
        { "max_ralph_iterations", control.MaxRalphIterations },
        { "reserved_context_size", control.ReservedContextSize },
        { "compaction_trigger_ratio", control.CompactionTriggerRatio },
    };

    private static TomlTable Background(BackgroundConfig background) => new()
    {
        { "max_running_tasks", background.MaxRunningTasks },
        { "read_max_bytes", background.ReadMaxBytes },
        { "notification_tail_lines", background.NotificationTailLines },
        { "notification_tail_chars", background.NotificationTailChars },
        { "wait_poll_interval_ms", background.WaitPollIntervalMs },
        { "worker_heartbeat_interval_ms", background.WorkerHeartbeatIntervalMs },
        { "worker_stale_after_ms", background.WorkerStaleAfterMs },
        { "kill_grace_period_ms", background.KillGracePeriodMs },
        { "keep_alive_on_exit", background.KeepAliveOnExit },
        { "agent_task_timeout_s", background.AgentTaskTimeoutS },
        { "print_wait_ceiling_s", background.PrintWaitCeilingS },
    };

    private static TomlTable Services(ServicesConfig services)
    {
        var table = new TomlTable();
        AddService(table, "moonshot_search", services.MoonshotSearch);
        AddService(table, "moonshot_fetch", services.MoonshotFetch);
        return table;
    }

    private static void AddService(TomlTable table, string name, ServiceConfig? service)
    {
        if (service is null)
        {
            return;
        }

        var entry = new TomlTable { { "base_url", service.BaseUrl }, { "api_key", service.ApiKey.Reveal() } };
        AddTexts(entry, "custom_headers", service.CustomHeaders);
        AddOAuth(entry, service.OAuth);
        table.Add(name, entry);
    }

    private static TomlTable Mcp(McpConfig mcp)
    {
        var table = new TomlTable();

        // Not a setting of kimi-cli: written only where it says something.
        if (mcp.ToolMode != McpToolMode.Deferred)
        {
            table.Add("tool_mode", ConfigNames.ToolModes[(int)mcp.ToolMode]);
        }

        table.Add("client", new TomlTable { { "tool_call_timeout_ms", mcp.Client.ToolCallTimeoutMs } });
        return table;
    }

    private static TomlArray Rules(ApprovalConfig approval)
    {
        var rules = new TomlArray();
        foreach (ApprovalRule rule in approval.Rules)
        {
            rules.Add(new TomlTable { { "effect", ConfigNames.Effects[(int)rule.Effect] }, { "pattern", rule.Pattern } });
        }

        return rules;
    }

    private static TomlArray Hooks(KimiConfig config)
    {
        var hooks = new TomlArray();
        foreach (HookConfig hook in config.Hooks)
        {
            hooks.Add(new TomlTable
            {
                { "event", hook.Event },
                { "command", hook.Command },
                { "matcher", hook.Matcher },
                { "timeout", hook.Timeout },
            });
        }

        return hooks;
    }

    private static TomlArray Texts(IReadOnlyList<string> texts)
    {
        var array = new TomlArray();
        foreach (string text in texts)
        {
            array.Add(text);
        }

        return array;
    }

    private static void AddText(TomlTable entry, string name, string? value)
    {
        if (value is not null)
        {
            entry.Add(name, value);
        }
    }

    private static void AddNumber(TomlTable entry, string name, double? value)
    {
        if (value is double number)
        {
            entry.Add(name, number);
        }
    }

    private static void AddTexts(TomlTable entry, string name, IReadOnlyDictionary<string, string>? values)
    {
        if (values is null)
        {
            return;
        }

        var table = new TomlTable();
        foreach ((string key, string value) in values)
        {
            table.Add(key, value);
        }

        entry.Add(name, table);
    }

    private static void AddOAuth(TomlTable entry, OAuthReference? oauth)
    {
        if (oauth is not null)
        {
            entry.Add("oauth", new TomlTable { { "storage", oauth.Storage }, { "key", oauth.Key } });
        }
    }

    private static void WriteJson(JsonWriter writer, TomlValue value)
    {
        switch (value)
        {
            case TomlTable table:
                writer.BeginObject();
                for (int i = 0; i < table.Count; i++)
                {
                    writer.Name(table.KeyAt(i).AsSpan());
                    WriteJson(writer, table.ValueAt(i));
                }

                writer.EndObject();
                break;
            case TomlArray array:
                writer.BeginArray();
                foreach (TomlValue item in array)
                {
                    WriteJson(writer, item);
                }

                writer.EndArray();
                break;
            case TomlScalar { Kind: TomlKind.Integer } number:
                writer.Number(number.Integer);
                break;
            case TomlScalar { Kind: TomlKind.Float } number:
                writer.Number(number.Float);
                break;
            case TomlScalar { Kind: TomlKind.Boolean } flag:
                writer.Bool(flag.Boolean);
                break;
            default:
                writer.Text(((TomlScalar)value).Text);
                break;
        }
    }
}
