namespace Kimi.Engine.Configuration;

/// <summary>The directory that holds everything kimi keeps, and the places in it.</summary>
public sealed class ShareDirectory
{
    /// <summary>Uses the given directories.</summary>
    /// <param name="root">The share directory.</param>
    /// <param name="home">The user's home directory.</param>
    public ShareDirectory(string root, string home)
    {
        Root = Path.GetFullPath(root);
        Home = home;
    }

    /// <summary>The share directory itself.</summary>
    public string Root { get; }

    /// <summary>The user's home directory.</summary>
    public string Home { get; }

    /// <summary>The configuration.</summary>
    public string ConfigFile => Path.Combine(Root, "config.toml");

    /// <summary>The configuration of old versions, migrated when found.</summary>
    public string LegacyConfigFile => Path.Combine(Root, "config.json");

    /// <summary>What a migrated <see cref="LegacyConfigFile"/> is renamed to.</summary>
    public string LegacyConfigBackup => Path.Combine(Root, "config.json.bak");

    /// <summary>Known working directories.</summary>
    public string MetadataFile => Path.Combine(Root, "kimi.json");

    /// <summary>The global MCP servers.</summary>
    public string McpFile => Path.Combine(Root, "mcp.json");

    /// <summary>Sessions, by working directory.</summary>
    public string SessionsDirectory => Path.Combine(Root, "sessions");

    /// <summary>Logs.</summary>
    public string LogsDirectory => Path.Combine(Root, "logs");

    /// <summary>The current log.</summary>
    public string LogFile => Path.Combine(LogsDirectory, "kimi.log");

    /// <summary>Installed plugins.</summary>
    public string PluginsDirectory => Path.Combine(Root, "plugins");

    /// <summary>Programs that were downloaded.</summary>
    public string BinDirectory => Path.Combine(Root, "bin");

    /// <summary>Tokens for MCP servers.</summary>
    public string McpOAuthDirectory => Path.Combine(Root, "mcp-oauth");

    /// <summary>Tokens of sign-ins.</summary>
    public string CredentialsDirectory => Path.Combine(Root, "credentials");

    /// <summary>The id of this device.</summary>
    public string DeviceIdFile => Path.Combine(Root, "device_id");

    /// <summary>What was typed in the terminal interface.</summary>
    public string UserHistoryDirectory => Path.Combine(Root, "user-history");

    /// <summary>Cache of the terminal interface.</summary>
    public string PromptCacheDirectory => Path.Combine(Root, "prompt-cache");

    /// <summary>The newest version seen.</summary>
    public string LatestVersionFile => Path.Combine(Root, "latest_version.txt");

    /// <summary>The version the user does not want.</summary>
    public string SkippedVersionFile => Path.Combine(Root, "skipped_version.txt");

    /// <summary>Telemetry the reference could not send.</summary>
    public string TelemetryDirectory => Path.Combine(Root, "telemetry");

    /// <summary>Sessions the visualizer imported.</summary>
    public string ImportedSessionsDirectory => Path.Combine(Root, "imported_sessions");

    /// <summary>Plans. Always below the home directory, wherever the share directory is.</summary>
    public string PlansDirectory => Path.Combine(Home, ".kimi", "plans");

    /// <summary><c>KIMI_SHARE_DIR</c> (a <c>~</c> in it is not expanded), else <c>.kimi</c> in the home directory.</summary>
    public static ShareDirectory Locate(EnvironmentSource environment)
    {
        string home = environment[OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME"]
            ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return new ShareDirectory(environment["KIMI_SHARE_DIR"] ?? Path.Combine(home, ".kimi"), home);
    }

    /// <summary>Makes the share directory if need be.</summary>
    public void Create() => Directory.CreateDirectory(Root);
}
