namespace Kimi.Engine.Configuration;

/// <summary>How enum values are called in the file. Lists are in the order of their enum.</summary>
internal static class ConfigNames
{
    /// <summary>Names of <see cref="ProviderType"/>, but for the embedded one.</summary>
    public static string[] ProviderTypes { get; } =
    [
        "kimi", "openai_legacy", "openai_responses", "anthropic", "google_genai", "gemini", "vertexai", "_echo", "_scripted_echo", "_chaos",
    ];

    /// <summary>Names of the bits of <see cref="ModelCapabilities"/>, lowest first.</summary>
    public static string[] Capabilities { get; } = ["image_in", "video_in", "thinking", "always_thinking"];

    /// <summary>Names of <see cref="McpToolMode"/>.</summary>
    public static string[] ToolModes { get; } = ["deferred", "direct"];

    /// <summary>Names of <see cref="ApprovalEffect"/>.</summary>
    public static string[] Effects { get; } = ["allow", "ask", "deny"];

    /// <summary>Values of <c>theme</c>.</summary>
    public static string[] Themes { get; } = ["dark", "light"];

    /// <summary>Values of <c>oauth.storage</c>.</summary>
    public static string[] OAuthStorages { get; } = ["file", "keyring"];

    /// <summary>The capability of a name; none if there is no such name.</summary>
    public static ModelCapabilities Capability(string name)
    {
        int at = Array.IndexOf(Capabilities, name);
        return at < 0 ? ModelCapabilities.None : (ModelCapabilities)(1 << at);
    }
}
