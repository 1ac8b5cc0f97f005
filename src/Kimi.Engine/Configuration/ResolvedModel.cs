namespace Kimi.Engine.Configuration;

/// <summary>The model to use, with environment overrides applied: everything a model client is made of.</summary>
public sealed record ResolvedModel
{
    /// <summary>Its name in the configuration, or <c>demo</c>; null for the empty model that only the environment can fill.</summary>
    public string? Name { get; init; }

    /// <summary>The provider entry.</summary>
    public required ProviderConfig Provider { get; init; }

    /// <summary>The model entry.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Capabilities: configured, or from the environment, and those that follow from the id.</summary>
    public ModelCapabilities Capabilities { get; init; }

    /// <summary>What requests say about thinking.</summary>
    public ThinkingChoice Thinking { get; init; }

    /// <summary>Value of <c>thinking.keep</c>, for kimi with thinking on; null for none.</summary>
    public string? ThinkingKeep { get; init; }

    /// <summary>The temperature to send; null for none.</summary>
    public double? Temperature { get; init; }

    /// <summary>The <c>top_p</c> to send; null for none.</summary>
    public double? TopP { get; init; }

    /// <summary>Cap of completion tokens; null when none was set, zero or less when none may ever be sent.</summary>
    public int? MaxCompletionTokens { get; init; }

    /// <summary>The environment of the provider: that of the process with the provider's own variables over it.</summary>
    public required EnvironmentSource Environment { get; init; }

    /// <summary>Whether there is a model to talk to; if not, prompts fail with <c>LLM not set</c>.</summary>
    public bool IsUsable => Provider.Type is ProviderType.Echo or ProviderType.ScriptedEcho or ProviderType.Demo
        || (Provider.BaseUrl.Length > 0 && Model.Model.Length > 0);

    /// <summary>Whether this is the embedded demonstration.</summary>
    public bool IsDemo => Provider.Type == ProviderType.Demo;

    /// <summary>The name to show: as configured, else the id; the two ids of Kimi's coding model show as one.</summary>
    public string DisplayName => Model.DisplayName ?? (ModelResolution.IsKimiCoding(Model.Model) ? "kimi-for-coding" : Model.Model);
}
