using System.Globalization;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Mcp;

/// <summary>Limits of the deferred tools, read from the environment once for each session.</summary>
/// <param name="ResultMaxChars">Characters of a result before it is shaped; 0 for no limit but the direct mode's.</param>
/// <param name="SearchResultCap">Tools a search returns at most.</param>
/// <param name="DescriptionMaxChars">Characters kept of a tool's description.</param>
/// <param name="CacheTtl">How long results of read-only tools are remembered; zero turns the cache off.</param>
public sealed record McpSettings(int ResultMaxChars = 12000, int SearchResultCap = 5, int DescriptionMaxChars = 300, TimeSpan CacheTtl = default)
{
    /// <summary>Reads the variables; what is empty, no number or negative keeps its default and is logged.</summary>
    public static McpSettings Read(EnvironmentSource environment, Action<string>? log = null)
    {
        var defaults = new McpSettings();
        return new McpSettings(
            Number(environment, "KIMI_MCP_RESULT_MAX_CHARS", defaults.ResultMaxChars, log),
            Math.Max(1, Number(environment, "KIMI_MCP_SEARCH_RESULT_CAP", defaults.SearchResultCap, log)),
            Number(environment, "KIMI_MCP_DESC_MAX_CHARS", defaults.DescriptionMaxChars, log),
            TimeSpan.FromSeconds(Number(environment, "KIMI_MCP_CACHE_TTL_SECS", 0, log)));
    }

    private static int Number(EnvironmentSource environment, string name, int otherwise, Action<string>? log)
    {
        if (environment[name] is not string text)
        {
            return otherwise;
        }

        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
        {
            return value;
        }

        log?.Invoke($"{name} is not a number of 0 or more: {otherwise.ToString(CultureInfo.InvariantCulture)} is used");
        return otherwise;
    }
}
