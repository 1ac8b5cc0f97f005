namespace Kimi.Engine.Configuration;

/// <summary>The configuration of kimi: one file or text, bound and checked. Values not given have their defaults.</summary>
public sealed record KimiConfig
{
    /// <summary>Key of <see cref="Models"/>, or empty.</summary>
    public string DefaultModel { get; init; } = "";

    /// <summary>Whether thinking is asked for when no flag says otherwise.</summary>
    public bool DefaultThinking { get; init; }

    /// <summary>Whether sessions start with everything approved.</summary>
    public bool DefaultYolo { get; init; }

    /// <summary>Whether the reminder that nobody is present is left out.</summary>
    public bool SkipAfkPromptInjection { get; init; }

    /// <summary>Whether new sessions start in plan mode.</summary>
    public bool DefaultPlanMode { get; init; }

    /// <summary>The editor of the terminal interface; empty for the system's.</summary>
    public string DefaultEditor { get; init; } = "";

    /// <summary>Colours of the terminal interface: <c>dark</c> or <c>light</c>.</summary>
    public string Theme { get; init; } = "dark";

    /// <summary>Whether the terminal interface shows thinking as it streams.</summary>
    public bool ShowThinkingStream { get; init; } = true;

    /// <summary>Models by the name that <c>--model</c> takes.</summary>
    public IReadOnlyDictionary<string, ModelConfig> Models { get; init; } = new Dictionary<string, ModelConfig>();

    /// <summary>Providers by the name that models refer to.</summary>
    public IReadOnlyDictionary<string, ProviderConfig> Providers { get; init; } = new Dictionary<string, ProviderConfig>();

    /// <summary>Limits of the agent loop.</summary>
    public LoopControlConfig LoopControl { get; init; } = new();

    /// <summary>Background tasks.</summary>
    public BackgroundConfig Background { get; init; } = new();

    /// <summary>Notifications.</summary>
    public NotificationsConfig Notifications { get; init; } = new();

    /// <summary>Web services that some tools use.</summary>
    public ServicesConfig Services { get; init; } = new();

    /// <summary>MCP.</summary>
    public McpConfig Mcp { get; init; } = new();

    /// <summary>Standing answers to approval requests. Not in kimi-cli.</summary>
    public ApprovalConfig Approval { get; init; } = new();

    /// <summary>Shell hooks, in order.</summary>
    public IReadOnlyList<HookConfig> Hooks { get; init; } = [];

    /// <summary>Whether skills of all brands are merged instead of the first found.</summary>
    public bool MergeAllAvailableSkills { get; init; } = true;

    /// <summary>Further skill directories: absolute, <c>~</c>, or relative to the project root.</summary>
    public IReadOnlyList<string> ExtraSkillDirs { get; init; } = [];

    /// <summary>Whether the reference may send telemetry; read and kept, nothing is ever sent.</summary>
    public bool Telemetry { get; init; } = true;
}
