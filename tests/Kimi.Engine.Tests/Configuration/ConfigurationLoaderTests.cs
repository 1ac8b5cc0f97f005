using Kimi.Engine.Configuration;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>kimi-config-cli.md §1: sources, errors, migration.</summary>
public sealed class ConfigurationLoaderTests : IDisposable
{
    private const string Lab = """
        default_model = "main"
        default_yolo = false

        [providers.lab]
        type = "openai_legacy"
        base_url = "http://llm.internal/v1"
        api_key = "k-123"
        custom_headers = { "X-Team" = "tools" }

        [models.main]
        provider = "lab"
        model = "qwen-coder"
        max_context_size = 131072
        capabilities = ["thinking"]

        [loop_control]
        max_steps_per_turn = 60

        [[hooks]]
        event = "PreToolUse"
        matcher = "^Shell$"
        command = "./guard.sh"
        timeout = 5
        """;

    private const string LegacyJson = """{"default_model":"m","models":{"m":{"provider":"p","model":"x","max_context_size":1000}},"providers":{"p":{"type":"kimi","base_url":"u","api_key":"k"}},"obsolete":1}""";

    private readonly TempDirectory _temporary = new();

    private ShareDirectory Share => new(_temporary.At("share"), _temporary.Path);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_missing_default_file_is_made_with_all_defaults()
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadDefault(Share);

        Assert.Equal((ConfigurationOrigin.Default, Share.ConfigFile, true), (loaded.Origin, loaded.Path, loaded.IsDefaultFile));
        Assert.Equal(
            """
            default_model = ""
            default_thinking = false
            default_yolo = false
            skip_afk_prompt_injection = false
            default_plan_mode = false
            default_editor = ""
            theme = "dark"
            show_thinking_stream = true
            hooks = []
            merge_all_available_skills = true
            extra_skill_dirs = []
            telemetry = true

            [models]

            [providers]

            [loop_control]
            max_steps_per_turn = 1000
            max_retries_per_step = 3
            max_ralph_iterations = 0
            reserved_context_size = 50000
            compaction_trigger_ratio = 0.85

            [background]
            max_running_tasks = 4
            read_max_bytes = 30000
            notification_tail_lines = 20
            notification_tail_chars = 3000
            wait_poll_interval_ms = 500
            worker_heartbeat_interval_ms = 5000
            worker_stale_after_ms = 15000
            kill_grace_period_ms = 2000
            keep_alive_on_exit = false
            agent_task_timeout_s = 900
            print_wait_ceiling_s = 3600

            [notifications]
            claim_stale_after_ms = 15000

            [services]

            [mcp.client]
            tool_call_timeout_ms = 60000

            """,
            File.ReadAllText(Share.ConfigFile));
        Assert.Equal([Share.ConfigFile], Directory.GetFileSystemEntries(Share.Root));
        Assert.Equal(ConfigurationWriter.ToToml(new KimiConfig()), ConfigurationWriter.ToToml(ConfigurationLoader.LoadDefault(Share).Config));
    }

    [Fact]
    public void Looking_only_makes_nothing()
    {
        Assert.Empty(ConfigurationLoader.LoadDefault(Share, mayWrite: false).Config.Models);
        Assert.False(Directory.Exists(Share.Root));

        Write("config.json", LegacyJson);
        Assert.Equal("m", ConfigurationLoader.LoadDefault(Share, mayWrite: false).Config.DefaultModel);
        Assert.Equal([Share.LegacyConfigFile], Directory.GetFileSystemEntries(Share.Root));
    }

    [Fact]
    public void The_example_of_the_specification_is_read()
    {
        KimiConfig config = ConfigurationLoader.LoadFile(Write("lab.toml", Lab), Share).Config;

        Assert.Equal("main", config.DefaultModel);
        ProviderConfig provider = config.Providers["lab"];
        Assert.Equal((ProviderType.OpenAILegacy, "http://llm.internal/v1", "k-123"), (provider.Type, provider.BaseUrl, provider.ApiKey.Reveal()));
        Assert.Equal(new Dictionary<string, string> { ["X-Team"] = "tools" }, provider.CustomHeaders!);
        Assert.Null(provider.Env);
        Assert.Equal(
            new ModelConfig { Provider = "lab", Model = "qwen-coder", MaxContextSize = 131072, Capabilities = ModelCapabilities.Thinking },
            config.Models["main"]);
        Assert.Equal(60, config.LoopControl.MaxStepsPerTurn);
        Assert.Equal(
            [new HookConfig { Event = "PreToolUse", Matcher = "^Shell$", Command = "./guard.sh", Timeout = 5 }],
            config.Hooks);
    }

    [Theory]
    [InlineData("named.json", LegacyJson)]
    [InlineData("named.JSON", "\uFEFF" + LegacyJson)]
    [InlineData("named.cfg", "default_model = 'm'\nmodels.m={provider='p',model='x',max_context_size=1}\nproviders.p={type='kimi',base_url='',api_key=''}")]
    public void The_extension_of_a_named_file_decides_its_format(string name, string text)
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadFile(Write(name, text), Share);
        Assert.Equal("x", loaded.Config.Models[loaded.Config.DefaultModel].Model);
        Assert.Equal((ConfigurationOrigin.File, false), (loaded.Origin, loaded.IsDefaultFile));
    }

    [Fact]
    public void A_named_file_can_be_the_default_one()
    {
        string path = Write("config.toml", "");
        Assert.True(ConfigurationLoader.LoadFile(Path.Combine(Share.Root, ".", "config.toml"), Share).IsDefaultFile);
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string link = Path.Combine(Share.Root, "link.toml");
        File.CreateSymbolicLink(link, path);
        Assert.True(ConfigurationLoader.LoadFile(link, Share).IsDefaultFile);
    }

    [Theory]
    [InlineData(LegacyJson)]
    [InlineData(" \n" + LegacyJson + "\n")]
    [InlineData(Lab)]
    public void A_text_is_JSON_or_TOML(string text)
    {
        LoadedConfiguration loaded = ConfigurationLoader.LoadText(text);
        Assert.NotEmpty(loaded.Config.Models);
        Assert.Equal((ConfigurationOrigin.Text, null, false), (loaded.Origin, loaded.Path, loaded.IsDefaultFile));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n\t")]
    public void An_empty_text_is_refused(string text) => Refused("Configuration text cannot be empty", () => ConfigurationLoader.LoadText(text));

    [Fact]
    public void Error_text_bad_text() => Refused(
        "Invalid configuration text: 'd' is an invalid start of a value (at line 1, column 1); Expected '=' after a key (at line 1, column 4)",
        () => ConfigurationLoader.LoadText("do it"));

    [Theory]
    [InlineData("[loop_control]\nmax_ralph_iterations = -2", "loop_control.max_ralph_iterations: must be at least -1")]
    [InlineData("{\"loop_control\":{\"max_ralph_iterations\":-2}}", "loop_control.max_ralph_iterations: must be at least -1")]
    [InlineData("[1]", "the configuration must be a table")]
    [InlineData("\"text\"", "the configuration must be a table")]
    public void Error_text_schema(string text, string error) =>
        Refused("Invalid configuration text: " + error, () => ConfigurationLoader.LoadText(text));

    [Fact]
    public void Error_file_bad_JSON()
    {
        string path = Write("c.json", "{\n  \"default_model\": }");
        Refused(
            $"Invalid JSON in configuration file {path}: '}}' is an invalid start of a value (at line 2, column 20)",
            () => ConfigurationLoader.LoadFile(path, Share));
    }

    [Fact]
    public void Error_file_bad_TOML()
    {
        string path = Write("config.toml", "default_model = \"a\"\ndefault_yolo = maybe");
        string text = $"Invalid TOML in configuration file {path}: Expected a value, found 'maybe' (at line 2, column 16)";
        Refused(text, () => ConfigurationLoader.LoadDefault(Share));
        Refused(text, () => ConfigurationLoader.LoadFile(path, Share));
    }

    [Theory]
    [InlineData("c.toml", "theme = \"blue\"", "theme: must be one of dark, light")]
    [InlineData("c.json", "{\"theme\":\"blue\"}", "theme: must be one of dark, light")]
    [InlineData("c.toml", "default_model = \"ghost\"", "Default model ghost not found in models")]
    [InlineData("c.toml", "[models.m]\nprovider = \"ghost\"\nmodel = \"x\"\nmax_context_size = 1", "Provider ghost not found in providers")]
    public void Error_file_schema(string name, string document, string error)
    {
        string path = Write(name, document);
        Refused($"Invalid configuration file {path}: {error}", () => ConfigurationLoader.LoadFile(path, Share));
    }

    [Fact]
    public void Error_missing_file()
    {
        string path = Path.Combine(Share.Root, "none.toml");
        Refused($"Configuration file not found: {path}", () => ConfigurationLoader.LoadFile(path, Share));
    }

    [Fact]
    public void A_legacy_file_is_migrated()
    {
        Write("config.json", LegacyJson);
        Write("config.json.bak", "older backup");

        Assert.Equal("m", ConfigurationLoader.LoadDefault(Share).Config.DefaultModel);

        Assert.Equal(
            [Share.LegacyConfigBackup, Share.ConfigFile],
            Directory.GetFileSystemEntries(Share.Root).Order(StringComparer.Ordinal));
        Assert.Equal(LegacyJson, File.ReadAllText(Share.LegacyConfigBackup));
        string toml = File.ReadAllText(Share.ConfigFile);
        Assert.StartsWith("default_model = \"m\"\n", toml, StringComparison.Ordinal);
        Assert.Contains("\n[models.m]\nprovider = \"p\"\nmodel = \"x\"\nmax_context_size = 1000\n", toml, StringComparison.Ordinal);
        Assert.Contains("\n[providers.p]\ntype = \"kimi\"\nbase_url = \"u\"\napi_key = \"k\"\n", toml, StringComparison.Ordinal);
        Assert.Equal("m", ConfigurationLoader.LoadDefault(Share).Config.DefaultModel);
    }

    [Theory]
    [InlineData("{", "Invalid JSON in legacy configuration file: ")]
    [InlineData("{\"theme\":1}", "Invalid legacy configuration file: theme: must be one of dark, light")]
    [InlineData("{\"default_model\":\"ghost\"}", "Invalid legacy configuration file: Default model ghost not found in models")]
    public void A_bad_legacy_file_is_left_in_place(string json, string error)
    {
        Write("config.json", json);
        var e = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.LoadDefault(Share));
        Assert.StartsWith(error, e.Message, StringComparison.Ordinal);
        Assert.Equal([Share.LegacyConfigFile], Directory.GetFileSystemEntries(Share.Root));
        Assert.Equal(json, File.ReadAllText(Share.LegacyConfigFile));
    }

    [Fact]
    public void A_legacy_file_beside_a_new_one_is_ignored()
    {
        Write("config.json", "{");
        Write("config.toml", "theme = \"light\"");
        Assert.Equal("light", ConfigurationLoader.LoadDefault(Share).Config.Theme);
        Assert.True(File.Exists(Share.LegacyConfigFile));
    }

    [Theory]
    [InlineData("[providers.p]\ntype = \"kimi\"\nbase_url = \"u\"\napi_key = sk-very-secret")]
    [InlineData("[providers.p]\ntype = \"kimi\"\nbase_url = 1\napi_key = \"sk-very-secret\"")]
    [InlineData("{\"providers\":{\"p\":{\"type\":\"kimi\",\"base_url\":1,\"api_key\":\"sk-very-secret\"}}}")]
    [InlineData("{\"providers\":{\"p\":{\"type\":nought,\"api_key\":\"sk-very-secret\"}}}")]
    [InlineData("{\"providers\":{\"p\":{\"api_key\":\"sk-very-secret\"")]
    [InlineData("nested = 1\napi_key = \"sk-very-secret\"\nx = ")]
    [InlineData("[providers.p]\ntype = \"kimi\"\nbase_url = \"u\"\napi_key = \"sk-very-secret")]
    [InlineData("[providers]\np = \"sk-very-secret\"")]
    public void No_error_shows_a_secret(string text)
    {
        var e = Assert.Throws<ConfigurationException>(() => ConfigurationLoader.LoadText(text));
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", e.Message, StringComparison.Ordinal);
    }

    private static void Refused(string message, Action load) =>
        Assert.Equal(message, Assert.Throws<ConfigurationException>(load).Message);

    private string Write(string name, string text) => _temporary.Write("share/" + name, text);
}
