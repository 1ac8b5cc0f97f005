namespace Kimi.Engine.Providers.ExtensionsAI;

/// <summary>Names under which the exchange types carry what they have no member for.</summary>
internal static class ExchangeKeys
{
    /// <summary>The raw argument text of a tool call.</summary>
    public const string Arguments = "kimi:arguments";

    /// <summary>A provider's private data of a tool call (a JSON object).</summary>
    public const string Extras = "extras";

    /// <summary>The provider's id of a medium.</summary>
    public const string MediaId = "id";

    /// <summary>The flag of a message that some providers know.</summary>
    public const string Partial = "partial";

    /// <summary>The effort, where the exchange type has no name for it.</summary>
    public const string Effort = "kimi:effort";

    /// <summary>The trace id of an answer.</summary>
    public const string TraceId = "x-trace-id";

    /// <summary>Count of input tokens written to a cache.</summary>
    public const string CacheCreation = "CacheCreationInputTokens";
}
