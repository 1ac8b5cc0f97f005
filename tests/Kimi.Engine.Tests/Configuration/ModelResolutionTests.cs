using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>kimi-config-cli.md §3, §4; kimi-llm.md §7, §9.</summary>
public sealed class ModelResolutionTests
{
    private const string Config = """
        default_model = "k"
        default_thinking = true
        models.k = { provider = "kimi", model = "k2", max_context_size = 1000, capabilities = ["thinking"] }
        models.o = { provider = "openai", model = "gpt", max_context_size = 2000 }
        models.r = { provider = "responses", model = "gpt-r", max_context_size = 2000 }
        models.a = { provider = "anthropic", model = "claude", max_context_size = 3000, display_name = "Claude" }
        models.s = { provider = "scripted", model = "echo", max_context_size = 4000 }
        models.v = { provider = "vertex", model = "gem", max_context_size = 4000 }
        models.c = { provider = "chaos", model = "k2", max_context_size = 4000, capabilities = ["thinking"] }
        providers.kimi = { type = "kimi", base_url = "http://k", api_key = "kk", env = { KIMI_MODEL_TEMPERATURE = "9" } }
        providers.openai = { type = "openai_legacy", base_url = "http://o", api_key = "ok" }
        providers.responses = { type = "openai_responses", base_url = "http://r", api_key = "rk" }
        providers.anthropic = { type = "anthropic", base_url = "http://a", api_key = "ak" }
        providers.scripted = { type = "_scripted_echo", base_url = "", api_key = "", env = { KIMI_SCRIPTED_ECHO_SCRIPTS = "s.json" } }
        providers.vertex = { type = "vertexai", base_url = "http://v", api_key = "", env = { GOOGLE_CLOUD_PROJECT = "p" } }
        providers.chaos = { type = "_chaos", base_url = "http://c", api_key = "ck" }
        """;

    private static readonly (string, string)[] s_everything =
    [
        ("KIMI_BASE_URL", "http://env"), ("KIMI_API_KEY", "env-key"), ("KIMI_MODEL_NAME", "env-model"),
        ("KIMI_MODEL_MAX_CONTEXT_SIZE", " 4_096 "), ("KIMI_MODEL_CAPABILITIES", " Image_In, flying ,THINKING,"),
        ("KIMI_MODEL_TEMPERATURE", "0.5"), ("KIMI_MODEL_TOP_P", "1"), ("KIMI_MODEL_MAX_COMPLETION_TOKENS", "77"),
        ("KIMI_MODEL_THINKING_KEEP", "all"), ("OPENAI_BASE_URL", "http://oenv"), ("OPENAI_API_KEY", "oenv-key"),
    ];

    [Fact]
    public void The_option_names_the_model()
    {
        ResolvedModel model = Resolve("a");
        Assert.Equal(("a", "claude", "http://a", 3000, "Claude"), (model.Name, model.Model.Model, model.Provider.BaseUrl, model.Model.MaxContextSize, model.DisplayName));
        Assert.True(model.IsUsable);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_the_option_it_is_the_default_model(string? option) => Assert.Equal("k", Resolve(option).Name);

    [Fact]
    public void An_unknown_option_is_the_empty_model()
    {
        ResolvedModel model = Resolve("ghost", demo: true);
        Assert.Null(model.Name);
        Assert.Equal((ProviderType.Kimi, "", "", 100000), (model.Provider.Type, model.Provider.BaseUrl, model.Model.Model, model.Model.MaxContextSize));
        Assert.True(model.Provider.ApiKey.IsEmpty);
        Assert.False(model.IsUsable);
    }

    [Theory]
    [InlineData("KIMI_BASE_URL", false)]
    [InlineData("KIMI_MODEL_NAME", false)]
    [InlineData("KIMI_API_KEY", false)]
    [InlineData("KIMI_BASE_URL,KIMI_MODEL_NAME", true)]
    public void The_environment_can_make_the_empty_model_usable(string names, bool usable)
    {
        EnvironmentSource environment = Env([.. names.Split(',').Select(n => (n, "x"))]);
        ResolvedModel model = ModelResolution.Resolve(Load(""), environment);
        Assert.Equal(usable, model.IsUsable);
        Assert.False(model.IsDemo);
    }

    [Theory]
    [InlineData("_echo", "", "", true)]
    [InlineData("_scripted_echo", "", "", true)]
    [InlineData("_chaos", "", "x", false)]
    [InlineData("kimi", "u", "", false)]
    [InlineData("kimi", "", "x", false)]
    [InlineData("vertexai", "", "x", false)]
    [InlineData("openai_legacy", "u", "x", true)]
    public void A_model_needs_URL_and_id_unless_it_echoes(string type, string url, string id, bool usable)
    {
        string text = $"default_model='m'\nmodels.m={{provider='p',model='{id}',max_context_size=1}}\nproviders.p={{type='{type}',base_url='{url}',api_key=''}}";
        Assert.Equal(usable, ModelResolution.Resolve(Load(text), Env()).IsUsable);
    }

    [Fact]
    public void Kimi_takes_every_override_from_the_environment()
    {
        ResolvedModel model = Resolve("k", Env(s_everything));
        Assert.Equal(("http://env", "env-key"), (model.Provider.BaseUrl, model.Provider.ApiKey.Reveal()));
        Assert.Equal(("env-model", 4096), (model.Model.Model, model.Model.MaxContextSize));
        Assert.Equal(ModelCapabilities.ImageIn | ModelCapabilities.Thinking, model.Capabilities);
        Assert.Equal((0.5, 1.0, 77, "all"), (model.Temperature, model.TopP, model.MaxCompletionTokens, model.ThinkingKeep));
        Assert.DoesNotContain("env-key", model.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("o", "http://oenv", "oenv-key")]
    [InlineData("r", "http://oenv", "oenv-key")]
    [InlineData("a", "http://a", "ak")]
    [InlineData("c", "http://c", "ck")]
    [InlineData("v", "http://v", "")]
    public void Other_types_take_only_what_is_theirs(string name, string url, string key)
    {
        ResolvedModel plain = Resolve(name);
        ResolvedModel model = Resolve(name, Env(s_everything));
        Assert.Equal((url, key), (model.Provider.BaseUrl, model.Provider.ApiKey.Reveal()));
        Assert.Equal(plain.Model, model.Model);
        Assert.Null(model.Temperature);
        Assert.Null(model.TopP);
        Assert.Null(model.ThinkingKeep);
        Assert.Equal(name == "c" ? 77 : null, model.MaxCompletionTokens);
    }

    [Fact]
    public void Empty_variables_count_as_unset()
    {
        EnvironmentSource environment = Env([.. s_everything.Select(v => (v.Item1, ""))]);
        LoadedConfiguration loaded = Load(Config);
        foreach (string name in loaded.Config.Models.Keys.Where(n => n is not ("s" or "v")))
        {
            Assert.Equal(
                ModelResolution.Resolve(loaded, Env(), name) with { Environment = environment },
                ModelResolution.Resolve(loaded, environment, name));
        }
    }

    [Theory]
    [InlineData("KIMI_MODEL_MAX_CONTEXT_SIZE", "many", "KIMI_MODEL_MAX_CONTEXT_SIZE must be an integer, but is 'many'")]
    [InlineData("KIMI_MODEL_MAX_CONTEXT_SIZE", "1.5", "KIMI_MODEL_MAX_CONTEXT_SIZE must be an integer, but is '1.5'")]
    [InlineData("KIMI_MODEL_TEMPERATURE", "hot", "KIMI_MODEL_TEMPERATURE must be a number, but is 'hot'")]
    [InlineData("KIMI_MODEL_TOP_P", "1,5", "KIMI_MODEL_TOP_P must be a number, but is '1,5'")]
    [InlineData("KIMI_MODEL_TOP_P", "nan", "KIMI_MODEL_TOP_P must be a number, but is 'nan'")]
    public void A_bad_variable_is_a_start_up_error_of_kimi_alone(string name, string value, string error)
    {
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => Resolve("k", Env((name, value)))).Message);
        Assert.Equal(error, Assert.Throws<ConfigurationException>(() => Resolve("ghost", Env((name, value)))).Message);
        Assert.Equal("gpt", Resolve("o", Env((name, value))).Model.Model);
    }

    [Theory]
    [InlineData("5", "6", 5)]
    [InlineData("", "6", 6)]
    [InlineData("lots", "6", 6)]
    [InlineData("0", "6", 0)]
    [InlineData("-1", null, -1)]
    [InlineData("lots", "many", null)]
    [InlineData(null, null, null)]
    public void The_first_valid_completion_cap_wins(string? first, string? second, int? cap) =>
        Assert.Equal(cap, Resolve("k", Env(("KIMI_MODEL_MAX_COMPLETION_TOKENS", first ?? ""), ("KIMI_MODEL_MAX_TOKENS", second ?? ""))).MaxCompletionTokens);

    [Theory]
    [InlineData(null, true, ThinkingChoice.High)]
    [InlineData(null, false, ThinkingChoice.Off)]
    [InlineData(true, false, ThinkingChoice.High)]
    [InlineData(false, true, ThinkingChoice.Off)]
    public void The_thinking_option_beats_the_configured_default(bool? option, bool configured, ThinkingChoice choice)
    {
        LoadedConfiguration loaded = Load(Config.Replace("default_thinking = true", configured ? "default_thinking = true" : "", StringComparison.Ordinal));
        ResolvedModel model = ModelResolution.Resolve(loaded, Env(("KIMI_MODEL_THINKING_KEEP", "all")), "k", option);
        Assert.Equal(choice, model.Thinking);
        Assert.Equal(choice == ThinkingChoice.High ? "all" : null, model.ThinkingKeep);
    }

    [Theory]
    [InlineData(ModelCapabilities.None, true, ThinkingChoice.Untouched)]
    [InlineData(ModelCapabilities.None, false, ThinkingChoice.Off)]
    [InlineData(ModelCapabilities.None, null, ThinkingChoice.Untouched)]
    [InlineData(ModelCapabilities.Thinking, true, ThinkingChoice.High)]
    [InlineData(ModelCapabilities.Thinking, false, ThinkingChoice.Off)]
    [InlineData(ModelCapabilities.Thinking, null, ThinkingChoice.Untouched)]
    [InlineData(ModelCapabilities.AlwaysThinking, true, ThinkingChoice.High)]
    [InlineData(ModelCapabilities.AlwaysThinking, false, ThinkingChoice.High)]
    [InlineData(ModelCapabilities.AlwaysThinking, null, ThinkingChoice.High)]
    public void Thinking_follows_capabilities_and_wish(ModelCapabilities capabilities, bool? requested, ThinkingChoice choice) =>
        Assert.Equal(choice, ModelResolution.DecideThinking(capabilities, requested));

    [Theory]
    [InlineData("plain", ModelCapabilities.VideoIn, ModelCapabilities.VideoIn)]
    [InlineData("K2-Thinking-Turbo", ModelCapabilities.None, ModelCapabilities.Thinking | ModelCapabilities.AlwaysThinking)]
    [InlineData("deep-REASONer", ModelCapabilities.ImageIn, ModelCapabilities.ImageIn | ModelCapabilities.Thinking | ModelCapabilities.AlwaysThinking)]
    [InlineData("kimi-for-coding", ModelCapabilities.None, ModelCapabilities.Thinking | ModelCapabilities.ImageIn | ModelCapabilities.VideoIn)]
    [InlineData("kimi-code", ModelCapabilities.None, ModelCapabilities.Thinking | ModelCapabilities.ImageIn | ModelCapabilities.VideoIn)]
    [InlineData("kimi-for-coding-thinking", ModelCapabilities.None, ModelCapabilities.Thinking | ModelCapabilities.AlwaysThinking)]
    public void Capabilities_follow_from_the_id(string id, ModelCapabilities given, ModelCapabilities all) =>
        Assert.Equal(all, ModelResolution.Derive(given, id));

    [Fact]
    public void Capabilities_follow_from_the_id_of_the_environment_too()
    {
        ResolvedModel model = Resolve("k", Env(("KIMI_MODEL_NAME", "kimi-code"), ("KIMI_MODEL_CAPABILITIES", "none")));
        Assert.Equal(ModelCapabilities.Thinking | ModelCapabilities.ImageIn | ModelCapabilities.VideoIn, model.Capabilities);
        Assert.Equal("kimi-for-coding", model.DisplayName);
    }

    [Theory]
    [InlineData("s", "KIMI_SCRIPTED_ECHO_SCRIPTS", "s.json")]
    [InlineData("v", "GOOGLE_CLOUD_PROJECT", "p")]
    [InlineData("k", "KIMI_MODEL_TEMPERATURE", null)]
    public void Variables_of_a_provider_count_for_vertex_and_scripts_alone(string name, string variable, string? value)
    {
        ResolvedModel model = Resolve(name);
        Assert.Equal(value, model.Environment[variable]);
        Assert.Null(model.Temperature);
        Assert.Equal("x", Resolve(name, Env(("OTHER", "x"))).Environment["OTHER"]);
    }

    [Fact]
    public void A_subagent_names_a_model_and_keeps_the_session_overrides_out()
    {
        KimiConfig config = Load(Config).Config;
        Assert.Null(ModelResolution.ResolveAlias(config, Env(), "ghost", true));
        ResolvedModel model = ModelResolution.ResolveAlias(config, Env(s_everything), "k", thinking: true)!;
        Assert.Equal(("k2", 1000, "http://env", ThinkingChoice.High), (model.Model.Model, model.Model.MaxContextSize, model.Provider.BaseUrl, model.Thinking));
        Assert.Equal(ThinkingChoice.Untouched, ModelResolution.ResolveAlias(config, Env(), "k", thinking: null)!.Thinking);
        Assert.Equal(ThinkingChoice.Off, ModelResolution.ResolveAlias(config, Env(), "k", thinking: false)!.Thinking);
    }

    [Theory]
    [InlineData("", ConfigurationOrigin.Default, null, "", true)]
    [InlineData("", ConfigurationOrigin.Default, "", "", true)]
    [InlineData("", ConfigurationOrigin.Default, null, "KIMI_API_KEY", true)]
    [InlineData("", ConfigurationOrigin.Default, null, "KIMI_BASE_URL", true)]
    [InlineData("theme='light'", ConfigurationOrigin.Default, null, "", true)]
    [InlineData("", ConfigurationOrigin.Default, null, "KIMI_BASE_URL,KIMI_MODEL_NAME", false)]
    [InlineData("", ConfigurationOrigin.Default, "ghost", "", false)]
    [InlineData("", ConfigurationOrigin.File, null, "", false)]
    [InlineData("", ConfigurationOrigin.Text, null, "", false)]
    [InlineData("providers.p={type='kimi',base_url='',api_key=''}", ConfigurationOrigin.Default, null, "", false)]
    public void The_embedded_model_stands_in_only_where_nothing_was_configured(
        string text, ConfigurationOrigin origin, string? option, string variables, bool nothing)
    {
        LoadedConfiguration loaded = Load(text) with { Origin = origin };
        EnvironmentSource environment = Env([.. variables.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => (n, "x"))]);
        Assert.Equal(nothing, ModelResolution.NothingConfigured(loaded, environment, option));
        Assert.Equal(nothing, ModelResolution.Resolve(loaded, environment, option, demoFallback: true).IsDemo);
        Assert.False(ModelResolution.Resolve(loaded, environment, option).IsDemo);
    }

    [Fact]
    public void The_embedded_model_can_be_named()
    {
        ResolvedModel model = Resolve("demo", Env(s_everything));
        Assert.True(model.IsDemo);
        Assert.True(model.IsUsable);
        Assert.Equal(("demo", "demo"), (model.Name, model.DisplayName));

        ResolvedModel own = ModelResolution.Resolve(Load(Config.Replace("models.a ", "models.demo ", StringComparison.Ordinal)), Env(), "demo");
        Assert.Equal((false, "claude"), (own.IsDemo, own.Model.Model));
    }

    [Theory]
    [InlineData(null, McpToolMode.Direct)]
    [InlineData("", McpToolMode.Direct)]
    [InlineData("deferred", McpToolMode.Deferred)]
    [InlineData(" Direct ", McpToolMode.Direct)]
    [InlineData("both", McpToolMode.Direct)]
    public void The_tool_mode_of_the_environment_beats_the_setting(string? value, McpToolMode mode) =>
        Assert.Equal(mode, new McpConfig { ToolMode = McpToolMode.Direct }.EffectiveToolMode(Env(("KIMI_MCP_TOOL_MODE", value ?? ""))));

    private static LoadedConfiguration Load(string text) => new()
    {
        Config = text.Length == 0 ? new KimiConfig() : ConfigurationLoader.LoadText(text).Config,
        Origin = ConfigurationOrigin.Default,
    };

    private static ResolvedModel Resolve(string? name, EnvironmentSource? environment = null, bool demo = false) =>
        ModelResolution.Resolve(Load(Config), environment ?? Env(), name, demoFallback: demo);

    private static EnvironmentSource Env(params (string Name, string Value)[] variables) =>
        EnvironmentSource.From(variables.ToDictionary(v => v.Name, v => v.Value));
}
