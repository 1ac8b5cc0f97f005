using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>kimi-config-cli.md §1.3.</summary>
public sealed class ConfigurationWriterTests : IDisposable
{
    private const string Everything = """
        default_model = "my model"
        default_thinking = true
        default_yolo = false
        skip_afk_prompt_injection = false
        default_plan_mode = false
        default_editor = "code --wait"
        theme = "light"
        show_thinking_stream = true
        merge_all_available_skills = true
        extra_skill_dirs = ["~/skills"]
        telemetry = false

        [models."my model"]
        provider = "managed:kimi"
        model = "k2"
        max_context_size = 262144
        capabilities = ["image_in", "thinking"]
        display_name = "K \"2\""
        price_input = 0.5
        price_output = 2.0
        price_cache_read = 0.1
        price_cache_write = 0.0

        [providers."managed:kimi"]
        type = "kimi"
        base_url = "https://api.example/v1"
        api_key = "sk-1"
        reasoning_key = ""

        [providers."managed:kimi".env]
        A = "1"

        [providers."managed:kimi".custom_headers]
        X-Team = "tools"

        [providers."managed:kimi".oauth]
        storage = "file"
        key = "oauth/kimi"

        [loop_control]
        max_steps_per_turn = 5
        max_retries_per_step = 3
        max_ralph_iterations = -1
        reserved_context_size = 50000
        compaction_trigger_ratio = 0.9

        [background]
        max_running_tasks = 4
        read_max_bytes = 30000
        notification_tail_lines = 20
        notification_tail_chars = 3000
        wait_poll_interval_ms = 500
        worker_heartbeat_interval_ms = 5000
        worker_stale_after_ms = 15000
        kill_grace_period_ms = 2000
        keep_alive_on_exit = true
        agent_task_timeout_s = 900
        print_wait_ceiling_s = 3600

        [notifications]
        claim_stale_after_ms = 15000

        [services.moonshot_search]
        base_url = "s"
        api_key = "sk-2"

        [mcp]
        tool_mode = "direct"

        [mcp.client]
        tool_call_timeout_ms = 1

        [[approval.rules]]
        effect = "deny"
        pattern = "Shell(rm *)"

        [[hooks]]
        event = "Stop"
        command = "a\\b"
        matcher = ""
        timeout = 30

        """;

    private readonly TempDirectory _temporary = new();

    private ShareDirectory Share => new(_temporary.At("share"), _temporary.Path);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_full_configuration_is_written_as_it_was_read() =>
        Assert.Equal(Everything, ConfigurationWriter.ToToml(ConfigurationLoader.LoadText(Everything).Config));

    [Fact]
    public void JSON_has_the_same_content_indented_by_two_without_nulls()
    {
        KimiConfig config = ConfigurationLoader.LoadText(Everything).Config;
        string json = ConfigurationWriter.ToJson(config);

        Assert.StartsWith("{\n  \"default_model\": \"my model\",\n  \"default_thinking\": true,\n", json, StringComparison.Ordinal);
        Assert.DoesNotContain("null", json, StringComparison.Ordinal);
        Assert.Equal(Everything, ConfigurationWriter.ToToml(ConfigurationLoader.LoadText(json).Config));
        using var document = JsonDocument.Parse(json);
        Assert.Equal(
            [
                "default_model", "default_thinking", "default_yolo", "skip_afk_prompt_injection", "default_plan_mode", "default_editor",
                "theme", "show_thinking_stream", "models", "providers", "loop_control", "background", "notifications", "services", "mcp",
                "approval", "hooks", "merge_all_available_skills", "extra_skill_dirs", "telemetry",
            ],
            document.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(0.9, document.RootElement.GetProperty("loop_control").GetProperty("compaction_trigger_ratio").GetDouble());
    }

    [Theory]
    [InlineData("saved.toml", "default_model = ")]
    [InlineData("saved.json", "{\n  \"default_model\": ")]
    public void Saving_replaces_the_file_in_the_format_of_its_name(string name, string start)
    {
        string path = Write(name, "garbage");
        ConfigurationWriter.Save(ConfigurationLoader.LoadText(Everything).Config, path);
        Assert.StartsWith(start, File.ReadAllText(path), StringComparison.Ordinal);
        Assert.Equal("my model", ConfigurationLoader.LoadFile(path, Share).Config.DefaultModel);
        Assert.Single(Directory.GetFileSystemEntries(Share.Root));
    }

    [Fact]
    public void A_failed_save_leaves_the_old_file_and_nothing_else()
    {
        string directory = Path.Combine(Share.Root, "config.toml");
        Directory.CreateDirectory(directory);
        var e = Assert.Throws<ConfigurationException>(() => ConfigurationWriter.Save(new KimiConfig(), directory));
        Assert.StartsWith($"Cannot write configuration file {directory}: ", e.Message, StringComparison.Ordinal);
        Assert.Equal([directory], Directory.GetFileSystemEntries(Share.Root));
    }

    [Fact]
    public void On_Unix_a_file_with_secrets_belongs_to_the_user_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        string path = Write("config.toml", "");
        File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.GroupRead);
        ConfigurationWriter.Save(new KimiConfig(), path);
        Assert.Equal(OwnerOnly | UnixFileMode.GroupRead, File.GetUnixFileMode(path));

        ConfigurationWriter.Save(ConfigurationLoader.LoadText(Everything).Config, path);
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_link_stays_a_link()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Links need a privilege on Windows.");
            return;
        }

        string real = Write("real.toml", "");
        string link = Share.ConfigFile;
        File.CreateSymbolicLink(link, real);
        ConfigurationWriter.Save(new KimiConfig { Theme = "light" }, link);
        Assert.NotNull(new FileInfo(link).LinkTarget);
        Assert.Contains("theme = \"light\"", File.ReadAllText(real), StringComparison.Ordinal);
    }

    [Fact]
    public void No_text_form_shows_a_secret()
    {
        KimiConfig config = ConfigurationLoader.LoadText(Everything).Config;
        string shown = $"{config} {config.Providers["managed:kimi"]} {config.Services.MoonshotSearch}";
        Assert.Contains("******", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-", shown, StringComparison.Ordinal);
        Assert.Equal("sk-1", config.Providers["managed:kimi"].ApiKey.Reveal());
        Assert.Equal(("******", "", true), (default(Secret).ToString(), default(Secret).Reveal(), default(Secret).IsEmpty));
        Assert.Equal(new Secret("a"), new Secret("a"));
    }

    private string Write(string name, string text) => _temporary.Write("share/" + name, text);
}
