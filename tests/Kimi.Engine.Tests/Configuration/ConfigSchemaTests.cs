using System.Globalization;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>kimi-config-cli.md §2, row by row: names, defaults, bounds, leniency.</summary>
public sealed class ConfigSchemaTests
{
    private const string Model = "models.m={provider='p',model='x',max_context_size=1000";
    private const string Provider = "providers.p={type='kimi',base_url='u',api_key='k'";

    private static readonly Dictionary<string, Func<KimiConfig, object?>> s_settings = new()
    {
        ["default_model"] = c => c.DefaultModel,
        ["default_thinking"] = c => c.DefaultThinking,
        ["default_yolo"] = c => c.DefaultYolo,
        ["skip_afk_prompt_injection"] = c => c.SkipAfkPromptInjection,
        ["default_plan_mode"] = c => c.DefaultPlanMode,
        ["default_editor"] = c => c.DefaultEditor,
        ["theme"] = c => c.Theme,
        ["show_thinking_stream"] = c => c.ShowThinkingStream,
        ["merge_all_available_skills"] = c => c.MergeAllAvailableSkills,
        ["telemetry"] = c => c.Telemetry,
        ["loop_control.max_steps_per_turn"] = c => c.LoopControl.MaxStepsPerTurn,
        ["loop_control.max_steps_per_run"] = c => c.LoopControl.MaxStepsPerTurn,
        ["loop_control.max_retries_per_step"] = c => c.LoopControl.MaxRetriesPerStep,
        ["loop_control.max_ralph_iterations"] = c => c.LoopControl.MaxRalphIterations,
        ["loop_control.reserved_context_size"] = c => c.LoopControl.ReservedContextSize,
        ["loop_control.compaction_trigger_ratio"] = c => c.LoopControl.CompactionTriggerRatio,
        ["background.max_running_tasks"] = c => c.Background.MaxRunningTasks,
        ["background.read_max_bytes"] = c => c.Background.ReadMaxBytes,
        ["background.notification_tail_lines"] = c => c.Background.NotificationTailLines,
        ["background.notification_tail_chars"] = c => c.Background.NotificationTailChars,
        ["background.wait_poll_interval_ms"] = c => c.Background.WaitPollIntervalMs,
        ["background.worker_heartbeat_interval_ms"] = c => c.Background.WorkerHeartbeatIntervalMs,
        ["background.worker_stale_after_ms"] = c => c.Background.WorkerStaleAfterMs,
        ["background.kill_grace_period_ms"] = c => c.Background.KillGracePeriodMs,
        ["background.keep_alive_on_exit"] = c => c.Background.KeepAliveOnExit,
        ["background.agent_task_timeout_s"] = c => c.Background.AgentTaskTimeoutS,
        ["background.print_wait_ceiling_s"] = c => c.Background.PrintWaitCeilingS,
        ["notifications.claim_stale_after_ms"] = c => c.Notifications.ClaimStaleAfterMs,
        ["mcp.client.tool_call_timeout_ms"] = c => c.Mcp.Client.ToolCallTimeoutMs,
        ["mcp.tool_mode"] = c => c.Mcp.ToolMode.ToString(),
    };

    [Theory]
    [InlineData("default_model", "''", "", "'m'", "m")]
    [InlineData("default_thinking", "false", false, "true", true)]
    [InlineData("default_yolo", "false", false, "true", true)]
    [InlineData("skip_afk_prompt_injection", "false", false, "true", true)]
    [InlineData("default_plan_mode", "false", false, "true", true)]
    [InlineData("default_editor", "''", "", "'vim'", "vim")]
    [InlineData("theme", "'dark'", "dark", "'light'", "light")]
    [InlineData("show_thinking_stream", "true", true, "false", false)]
    [InlineData("merge_all_available_skills", "true", true, "false", false)]
    [InlineData("telemetry", "true", true, "false", false)]
    [InlineData("loop_control.max_steps_per_turn", "1000", 1000, "7", 7)]
    [InlineData("loop_control.max_steps_per_run", "1000", 1000, "7", 7)]
    [InlineData("loop_control.max_retries_per_step", "3", 3, "7", 7)]
    [InlineData("loop_control.max_ralph_iterations", "0", 0, "-1", -1)]
    [InlineData("loop_control.reserved_context_size", "50000", 50000, "1000", 1000)]
    [InlineData("loop_control.compaction_trigger_ratio", "0.85", 0.85, "0.5", 0.5)]
    [InlineData("background.max_running_tasks", "4", 4, "1", 1)]
    [InlineData("background.read_max_bytes", "30000", 30000, "1024", 1024)]
    [InlineData("background.notification_tail_lines", "20", 20, "1", 1)]
    [InlineData("background.notification_tail_chars", "3000", 3000, "256", 256)]
    [InlineData("background.wait_poll_interval_ms", "500", 500, "50", 50)]
    [InlineData("background.worker_heartbeat_interval_ms", "5000", 5000, "100", 100)]
    [InlineData("background.worker_stale_after_ms", "15000", 15000, "1000", 1000)]
    [InlineData("background.kill_grace_period_ms", "2000", 2000, "100", 100)]
    [InlineData("background.keep_alive_on_exit", "false", false, "true", true)]
    [InlineData("background.agent_task_timeout_s", "900", 900, "60", 60)]
    [InlineData("background.print_wait_ceiling_s", "3600", 3600, "1", 1)]
    [InlineData("notifications.claim_stale_after_ms", "15000", 15000, "1000", 1000)]
    [InlineData("mcp.client.tool_call_timeout_ms", "60000", 60000, "5", 5)]
    [InlineData("mcp.tool_mode", "'deferred'", "Deferred", "'direct'", "Direct")]
    public void A_setting_has_its_default_and_takes_a_value(string key, string defaultText, object defaultValue, string text, object value)
    {
        Assert.Equal(defaultValue, s_settings[key](Load($"{Model}}}\n{Provider}}}")));
        Assert.Equal(defaultValue, s_settings[key](Load($"{key} = {defaultText}\n{Model}}}\n{Provider}}}")));
        Assert.Equal(value, s_settings[key](Load($"{key} = {text}\n{Model}}}\n{Provider}}}")));
    }

    [Theory]
    [InlineData("loop_control.max_steps_per_turn", "0", "must be at least 1")]
    [InlineData("loop_control.max_steps_per_run", "0", "must be at least 1")]
    [InlineData("loop_control.max_retries_per_step", "0", "must be at least 1")]
    [InlineData("loop_control.max_ralph_iterations", "-2", "must be at least -1")]
    [InlineData("loop_control.reserved_context_size", "999", "must be at least 1000")]
    [InlineData("loop_control.compaction_trigger_ratio", "0.49", "must be between 0.5 and 0.99")]
    [InlineData("loop_control.compaction_trigger_ratio", "1", "must be between 0.5 and 0.99")]
    [InlineData("loop_control.compaction_trigger_ratio", "nan", "must be a number")]
    [InlineData("background.max_running_tasks", "0", "must be at least 1")]
    [InlineData("background.read_max_bytes", "1023", "must be at least 1024")]
    [InlineData("background.notification_tail_lines", "0", "must be at least 1")]
    [InlineData("background.notification_tail_chars", "255", "must be at least 256")]
    [InlineData("background.wait_poll_interval_ms", "49", "must be at least 50")]
    [InlineData("background.worker_heartbeat_interval_ms", "99", "must be at least 100")]
    [InlineData("background.worker_stale_after_ms", "999", "must be at least 1000")]
    [InlineData("background.kill_grace_period_ms", "99", "must be at least 100")]
    [InlineData("background.agent_task_timeout_s", "59", "must be at least 60")]
    [InlineData("background.print_wait_ceiling_s", "0", "must be at least 1")]
    [InlineData("notifications.claim_stale_after_ms", "999", "must be at least 1000")]
    [InlineData("theme", "'blue'", "must be one of dark, light")]
    [InlineData("mcp.tool_mode", "'both'", "must be one of deferred, direct")]
    [InlineData("default_model", "1", "must be a string")]
    [InlineData("default_editor", "true", "must be a string")]
    [InlineData("default_editor", "1979-05-27", "must be a string")]
    [InlineData("default_yolo", "2", "must be true or false")]
    [InlineData("default_yolo", "'maybe'", "must be true or false")]
    [InlineData("loop_control.max_steps_per_turn", "1.5", "must be an integer")]
    [InlineData("loop_control.max_steps_per_turn", "'many'", "must be an integer")]
    [InlineData("loop_control.max_steps_per_turn", "''", "must be an integer")]
    [InlineData("loop_control.max_steps_per_turn", "'1.5'", "must be an integer")]
    [InlineData("loop_control.max_steps_per_turn", "inf", "must be an integer")]
    [InlineData("loop_control.max_steps_per_turn", "[1]", "must be an integer")]
    [InlineData("loop_control", "1", "must be a table")]
    [InlineData("models", "[]", "must be a table")]
    [InlineData("mcp.client", "''", "must be a table")]
    [InlineData("hooks", "{}", "must be an array")]
    [InlineData("extra_skill_dirs", "'a'", "must be an array")]
    public void A_bad_value_is_refused_with_its_path(string key, string text, string problem) =>
        Assert.Equal($"Invalid configuration text: {key}: {problem}", Error($"{key} = {text}"));

    [Theory]
    [InlineData("7", 7)]
    [InlineData("7.0", 7)]
    [InlineData("7e0", 7)]
    [InlineData("'7'", 7)]
    [InlineData("' +7 '", 7)]
    [InlineData("'7.0'", 7)]
    [InlineData("'1_000'", 1000)]
    [InlineData("99999999999", int.MaxValue)]
    public void An_integer_is_read_leniently(string text, int value) =>
        Assert.Equal(value, Load($"loop_control.max_steps_per_turn = {text}").LoopControl.MaxStepsPerTurn);

    [Theory]
    [InlineData("true")]
    [InlineData("1")]
    [InlineData("1.0")]
    [InlineData("'true'")]
    [InlineData("'True'")]
    [InlineData("'yes'")]
    [InlineData("'ON'")]
    [InlineData("'1'")]
    public void A_true_value_is_read_leniently(string text) => Assert.True(Load($"default_yolo = {text}").DefaultYolo);

    [Theory]
    [InlineData("false")]
    [InlineData("0")]
    [InlineData("'false'")]
    [InlineData("'no'")]
    [InlineData("'Off'")]
    [InlineData("'0'")]
    public void A_false_value_is_read_leniently(string text) => Assert.False(Load($"telemetry = {text}").Telemetry);

    [Theory]
    [InlineData("'0.7'", 0.7)]
    [InlineData("0.99", 0.99)]
    public void A_number_is_read_leniently(string text, double value) =>
        Assert.Equal(value, Load($"loop_control.compaction_trigger_ratio = {text}").LoopControl.CompactionTriggerRatio);

    [Fact]
    public void Of_both_step_limits_the_newer_name_wins() =>
        Assert.Equal(5, Load("loop_control = { max_steps_per_run = 9, max_steps_per_turn = 5 }").LoopControl.MaxStepsPerTurn);

    [Fact]
    public void Unknown_keys_are_ignored_everywhere()
    {
        KimiConfig config = Load($"skip_yolo_prompt_injection = 'x'\nx = [[1]]\nloop_control.x = 1\nmcp.x.y = 2\n{Model},x=1}}\n{Provider},x={{}}}}\nhooks=[{{event='Stop',command='c',x=1}}]");
        Assert.Single(config.Models);
        Assert.Single(config.Hooks);
    }

    [Theory]
    [InlineData("kimi", ProviderType.Kimi)]
    [InlineData("openai_legacy", ProviderType.OpenAILegacy)]
    [InlineData("openai_responses", ProviderType.OpenAIResponses)]
    [InlineData("anthropic", ProviderType.Anthropic)]
    [InlineData("google_genai", ProviderType.GoogleGenAI)]
    [InlineData("gemini", ProviderType.Gemini)]
    [InlineData("vertexai", ProviderType.VertexAI)]
    [InlineData("_echo", ProviderType.Echo)]
    [InlineData("_scripted_echo", ProviderType.ScriptedEcho)]
    [InlineData("_chaos", ProviderType.Chaos)]
    public void A_provider_type_has_its_name_in_the_file(string name, ProviderType type)
    {
        KimiConfig config = Load($"providers.p = {{ type = '{name}', base_url = '', api_key = '' }}");
        Assert.Equal(type, config.Providers["p"].Type);
        Assert.Contains($"type = \"{name}\"", ConfigurationWriter.ToToml(config), StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_takes_all_its_fields()
    {
        ProviderConfig provider = Load($"{Provider},env={{A='1'}},custom_headers={{B='2'}},reasoning_key='',oauth={{key='o'}}}}").Providers["p"];
        Assert.Equal("1", provider.Env!["A"]);
        Assert.Equal("2", provider.CustomHeaders!["B"]);
        Assert.Equal("", provider.ReasoningKey);
        Assert.Equal(new OAuthReference("file", "o"), provider.OAuth);

        provider = Load($"{Provider},oauth={{storage='keyring',key='o'}}}}").Providers["p"];
        Assert.Equal("keyring", provider.OAuth!.Storage);
        Assert.Null(provider.Env);
        Assert.Null(provider.CustomHeaders);
        Assert.Null(provider.ReasoningKey);
    }

    [Theory]
    [InlineData("providers.p = {}", "providers.p.type: is required; providers.p.base_url: is required; providers.p.api_key: is required")]
    [InlineData("providers.p = { type='demo', base_url='', api_key='' }", "providers.p.type: must be one of kimi, openai_legacy, openai_responses, anthropic, google_genai, gemini, vertexai, _echo, _scripted_echo, _chaos")]
    [InlineData(Provider + ",env={A=1}}", "providers.p.env.A: must be a string")]
    [InlineData(Provider + ",env=1}", "providers.p.env: must be a table")]
    [InlineData(Provider + ",custom_headers={B=[]}}", "providers.p.custom_headers.B: must be a string")]
    [InlineData(Provider + ",oauth={storage='x',key='o'}}", "providers.p.oauth.storage: must be one of file, keyring")]
    [InlineData(Provider + ",oauth={}}", "providers.p.oauth.key: is required")]
    [InlineData("models.m = {}", "models.m.provider: is required; models.m.model: is required; models.m.max_context_size: is required")]
    [InlineData("models.m = 1", "models.m: must be a table")]
    [InlineData(Model + ",capabilities=['thinking','flying']}", "models.m.capabilities: must be of image_in, video_in, thinking, always_thinking")]
    [InlineData(Model + ",capabilities='thinking'}", "models.m.capabilities: must be an array")]
    [InlineData(Model + ",capabilities=[1]}", "models.m.capabilities.0: must be a string")]
    [InlineData(Model + ",price_input=-1}", "models.m.price_input: must be at least 0")]
    [InlineData("services.moonshot_search = {}", "services.moonshot_search.base_url: is required; services.moonshot_search.api_key: is required")]
    [InlineData("hooks = [{}]", "hooks.0.event: is required; hooks.0.command: is required")]
    [InlineData("hooks = [{event='Stop',command='c'},{event='stop',command='c'}]", "hooks.1.event: must be one of PreToolUse, PostToolUse, PostToolUseFailure, UserPromptSubmit, Stop, StopFailure, SessionStart, SessionEnd, SubagentStart, SubagentStop, PreCompact, PostCompact, Notification")]
    [InlineData("hooks = [{event='Stop',command='c',timeout=0}]", "hooks.0.timeout: must be between 1 and 600")]
    [InlineData("hooks = [{event='Stop',command='c',timeout=601}]", "hooks.0.timeout: must be between 1 and 600")]
    [InlineData("hooks = [1]", "hooks.0: must be a table")]
    [InlineData("approval.rules = [{effect='maybe'}]", "approval.rules.0.effect: must be one of allow, ask, deny; approval.rules.0.pattern: is required")]
    [InlineData("extra_skill_dirs = ['a', 1]", "extra_skill_dirs.1: must be a string")]
    public void An_entry_that_does_not_fit_is_refused(string text, string error) =>
        Assert.Equal("Invalid configuration text: " + error, Error(text));

    [Theory]
    [InlineData("")]
    [InlineData(",capabilities=[]")]
    [InlineData(",capabilities=['image_in','always_thinking','image_in'],display_name='X',price_input=0.5,price_output=2,price_cache_read='0.1',price_cache_write=1.25")]
    public void A_model_takes_all_its_fields(string fields)
    {
        ModelConfig model = Load($"{Model}{fields}}}\n{Provider}}}").Models["m"];
        Assert.Equal(
            fields.Length switch
            {
                0 => new ModelConfig { Provider = "p", Model = "x", MaxContextSize = 1000 },
                < 20 => new ModelConfig { Provider = "p", Model = "x", MaxContextSize = 1000, Capabilities = ModelCapabilities.None },
                _ => new ModelConfig
                {
                    Provider = "p",
                    Model = "x",
                    MaxContextSize = 1000,
                    Capabilities = ModelCapabilities.ImageIn | ModelCapabilities.AlwaysThinking,
                    DisplayName = "X",
                    PriceInput = 0.5,
                    PriceOutput = 2,
                    PriceCacheRead = 0.1,
                    PriceCacheWrite = 1.25,
                },
            },
            model);
    }

    [Fact]
    public void Every_hook_event_is_known()
    {
        Assert.Equal(13, HookConfig.EventNames.Count);
        string hooks = string.Join(',', HookConfig.EventNames.Select(e => $"{{event='{e}',command='c'}}"));
        Assert.Equal(
            HookConfig.EventNames.Select(e => new HookConfig { Event = e, Command = "c", Matcher = "", Timeout = 30 }),
            Load($"hooks = [{hooks}]").Hooks);
    }

    [Fact]
    public void Rules_services_and_directories_are_read()
    {
        KimiConfig config = Load(
            """
            extra_skill_dirs = ["~/s", "rel"]
            [[approval.rules]]
            effect = "deny"
            pattern = "Shell(rm *)"
            [[approval.rules]]
            effect = "allow"
            pattern = "ReadFile"
            [[approval.rules]]
            effect = "ask"
            pattern = "*"
            [services.moonshot_fetch]
            base_url = "f"
            api_key = "fk"
            custom_headers = { A = "1" }
            oauth = { key = "o" }
            """);
        Assert.Equal(["~/s", "rel"], config.ExtraSkillDirs);
        Assert.Equal(
            [new(ApprovalEffect.Deny, "Shell(rm *)"), new(ApprovalEffect.Allow, "ReadFile"), new ApprovalRule(ApprovalEffect.Ask, "*")],
            config.Approval.Rules);
        Assert.Null(config.Services.MoonshotSearch);
        ServiceConfig fetch = config.Services.MoonshotFetch!;
        Assert.Equal(("f", "fk", "1", "o"), (fetch.BaseUrl, fetch.ApiKey.Reveal(), fetch.CustomHeaders!["A"], fetch.OAuth!.Key));
    }

    [Fact]
    public void JSON_null_is_absence_where_a_setting_may_be_absent()
    {
        KimiConfig config = ConfigurationLoader.LoadText(
            """
            {"providers":{"p":{"type":"kimi","base_url":"","api_key":"","env":null,"oauth":null,"reasoning_key":null}},
             "models":{"m":{"provider":"p","model":"x","max_context_size":"1000","capabilities":null,"display_name":null}},
             "services":{"moonshot_search":null}}
            """).Config;
        Assert.Null(config.Models["m"].Capabilities);
        Assert.Null(config.Providers["p"].OAuth);
        Assert.Equal("Invalid configuration text: default_model: must be a string", Error("{\"default_model\":null}"));
    }

    [Fact]
    public void Names_keep_their_order()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => string.Create(CultureInfo.InvariantCulture, $"m{(i * 7) % 30}"))];
        KimiConfig config = Load(string.Join('\n', names.Select(n => $"models.{n}={{provider='p',model='x',max_context_size=1}}")) + $"\n{Provider}}}");
        Assert.Equal(names, config.Models.Keys);
    }

    private static KimiConfig Load(string text) => ConfigurationLoader.LoadText(text).Config;

    private static string Error(string text) => Assert.Throws<ConfigurationException>(() => ConfigurationLoader.LoadText(text)).Message;
}
