using System.Text.Json;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>A configuration as a list of values, and changes of one of them.</summary>
public sealed class ConfigurationValuesTests
{
    private const string Text = """
        default_model = "a.b"
        [providers.p]
        type = "kimi"
        base_url = "http://x"
        api_key = "secret"
        [models."a.b"]
        provider = "p"
        model = "m"
        max_context_size = 10
        """;

    private static readonly EnvironmentSource s_none = EnvironmentSource.From(new Dictionary<string, string>());

    [Fact]
    public void Values_have_names_sources_and_masks()
    {
        IReadOnlyList<ConfigurationValue> values = ConfigurationValues.Read(ConfigurationLoader.LoadText(Text), s_none);
        Assert.Equal("m", Find(values, "models.\"a.b\".model").Value.GetString());
        ConfigurationValue key = Find(values, "providers.p.api_key");
        Assert.True(key.IsSecret);
        Assert.Equal("******", key.Value.GetString());
        Assert.Equal("deferred", Find(values, "mcp.tool_mode").Value.GetString());
    }

    [Fact]
    public void Variables_replace_values_and_are_named()
    {
        EnvironmentSource environment = EnvironmentSource.From(new Dictionary<string, string>
        {
            ["KIMI_BASE_URL"] = "http://y",
            ["KIMI_API_KEY"] = "other",
            ["KIMI_MODEL_MAX_CONTEXT_SIZE"] = "99",
            ["KIMI_MCP_TOOL_MODE"] = "direct",
        });
        IReadOnlyList<ConfigurationValue> values = ConfigurationValues.Read(ConfigurationLoader.LoadText(Text), environment);
        Assert.Equal(("http://y", "KIMI_BASE_URL"), (Find(values, "providers.p.base_url").Value.GetString(), Find(values, "providers.p.base_url").Detail));
        Assert.Equal(("******", "KIMI_API_KEY"), (Find(values, "providers.p.api_key").Value.GetString(), Find(values, "providers.p.api_key").Detail));
        Assert.Equal(99, Find(values, "models.\"a.b\".max_context_size").Value.GetInt32());
        Assert.Equal(ConfigurationSource.Environment, Find(values, "mcp.tool_mode").Source);
        Assert.Equal("******", Find(ConfigurationValues.Read(ConfigurationLoader.LoadText(Text), s_none), "providers.p.api_key").Value.GetString());
    }

    [Fact]
    public void One_value_is_changed_or_taken_away()
    {
        KimiConfig config = ConfigurationLoader.LoadText(Text).Config;
        Assert.Equal(5, ConfigurationValues.With(config, "models.\"a.b\".max_context_size", Json("5")).Models["a.b"].MaxContextSize);
        Assert.Equal("secret", ConfigurationValues.With(config, "theme", Json("\"light\"")).Providers["p"].ApiKey.Reveal());
        KimiConfig limited = ConfigurationValues.With(config, "loop_control.max_steps_per_turn", Json("5"));
        Assert.Equal(5, limited.LoopControl.MaxStepsPerTurn);
        Assert.Equal(1000, ConfigurationValues.With(limited, "loop_control.max_steps_per_turn", default).LoopControl.MaxStepsPerTurn);
        Assert.Throws<ConfigurationException>(() => ConfigurationValues.With(config, "no.such", Json("1")));
        Assert.Throws<ConfigurationException>(() => ConfigurationValues.With(config, "theme", Json("\"pink\"")));
        Assert.Throws<ConfigurationException>(() => ConfigurationValues.With(config, "models", default));
    }

    private static ConfigurationValue Find(IReadOnlyList<ConfigurationValue> values, string name) => Assert.Single(values, value => value.Name == name);

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
