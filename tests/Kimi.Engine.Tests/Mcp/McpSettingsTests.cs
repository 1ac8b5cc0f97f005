using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpSettingsTests
{
    private readonly List<string> _log = [];

    private McpSettings Read(params (string Name, string Value)[] variables) =>
        McpSettings.Read(EnvironmentSource.From(variables.ToDictionary(v => v.Name, v => v.Value)), _log.Add);

    [Fact]
    public void Defaults()
    {
        Assert.Equal(new McpSettings(12000, 5, 300, TimeSpan.Zero), Read());
        Assert.Empty(_log);
    }

    [Fact]
    public void Values()
    {
        Assert.Equal(
            new McpSettings(0, 7, 0, TimeSpan.FromSeconds(30)),
            Read(("KIMI_MCP_RESULT_MAX_CHARS", "0"), ("KIMI_MCP_SEARCH_RESULT_CAP", "7"), ("KIMI_MCP_DESC_MAX_CHARS", "0"), ("KIMI_MCP_CACHE_TTL_SECS", " 30 ")));
        Assert.Equal(1, Read(("KIMI_MCP_SEARCH_RESULT_CAP", "0")).SearchResultCap);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("1.5")]
    [InlineData("99999999999999")]
    public void Nonsense_keeps_the_default_and_is_logged(string value)
    {
        Assert.Equal(12000, Read(("KIMI_MCP_RESULT_MAX_CHARS", value)).ResultMaxChars);
        Assert.Contains("KIMI_MCP_RESULT_MAX_CHARS", Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact]
    public void Fixed_definitions_fit_their_size_and_are_valid_schemas()
    {
        var bytes = new StringBuilder("[");
        foreach (Engine.Chat.ToolDefinition tool in new[] { McpToolDefinitions.Search, McpToolDefinitions.Call })
        {
            bytes.Append(bytes.Length > 1 ? "," : "").Append("{\"type\":\"function\",\"function\":{\"name\":\"").Append(tool.Name).Append("\",\"description\":\"")
                .Append(tool.Description).Append("\",\"parameters\":").Append(Encoding.UTF8.GetString(tool.ParametersJson.Span)).Append("}}");
            Assert.Empty(Engine.Text.JsonSchema.CheckSchema(tool.Parameters));
            Assert.DoesNotContain('"', tool.Description);
        }

        Assert.InRange(Encoding.UTF8.GetByteCount(bytes.Append(']').ToString()), 900, 1170);
    }
}
