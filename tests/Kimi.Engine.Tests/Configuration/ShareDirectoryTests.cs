using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tests.Configuration;

/// <summary>kimi-sessions.md §1, and the small parts of the environment.</summary>
public sealed class ShareDirectoryTests
{
    private static readonly string s_home = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "some-home"));

    [Fact]
    public void It_is_below_the_home_directory_unless_a_variable_says_otherwise()
    {
        string homeVariable = OperatingSystem.IsWindows() ? "USERPROFILE" : "HOME";
        ShareDirectory byHome = Locate((homeVariable, s_home));
        Assert.Equal((Path.Combine(s_home, ".kimi"), s_home), (byHome.Root, byHome.Home));
        Assert.Equal(byHome.Root, Locate((homeVariable, s_home), ("KIMI_SHARE_DIR", "")).Root);

        string elsewhere = Path.Combine(s_home, "else");
        ShareDirectory byVariable = Locate((homeVariable, s_home), ("KIMI_SHARE_DIR", elsewhere));
        Assert.Equal((elsewhere, s_home), (byVariable.Root, byVariable.Home));
        Assert.Equal(Path.GetFullPath("~/x"), Locate((homeVariable, s_home), ("KIMI_SHARE_DIR", "~/x")).Root);
        Assert.NotEmpty(Locate().Home);
    }

    [Fact]
    public void Everything_has_its_place()
    {
        var share = new ShareDirectory(Path.Combine(s_home, "share"), s_home);
        Assert.Equal(
            [
                "config.toml", "config.json", "config.json.bak", "kimi.json", "mcp.json", "sessions", "logs", "logs/kimi.log", "plugins",
                "bin", "mcp-oauth", "credentials", "device_id", "user-history", "prompt-cache", "latest_version.txt",
                "skipped_version.txt", "telemetry", "imported_sessions",
            ],
            new[]
            {
                share.ConfigFile, share.LegacyConfigFile, share.LegacyConfigBackup, share.MetadataFile, share.McpFile,
                share.SessionsDirectory, share.LogsDirectory, share.LogFile, share.PluginsDirectory, share.BinDirectory,
                share.McpOAuthDirectory, share.CredentialsDirectory, share.DeviceIdFile, share.UserHistoryDirectory,
                share.PromptCacheDirectory, share.LatestVersionFile, share.SkippedVersionFile, share.TelemetryDirectory,
                share.ImportedSessionsDirectory,
            }.Select(p => Path.GetRelativePath(share.Root, p).Replace('\\', '/')));
        Assert.Equal(Path.Combine(s_home, ".kimi", "plans"), share.PlansDirectory);
    }

    [Fact]
    public void The_environment_of_the_process_is_read_when_asked()
    {
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), EnvironmentSource.Process["PATH"]);
        Assert.Null(EnvironmentSource.Process["KIMI_THERE_IS_NO_SUCH_VARIABLE"]);
    }

    [Fact]
    public void An_overlay_hides_what_is_below()
    {
        EnvironmentSource source = EnvironmentSource.From(new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" })
            .Overlay(new Dictionary<string, string> { ["B"] = "3", ["A"] = "" });
        Assert.Null(source["A"]);
        Assert.Equal("3", source["B"]);
    }

    private static ShareDirectory Locate(params (string Name, string Value)[] variables) =>
        ShareDirectory.Locate(EnvironmentSource.From(variables.ToDictionary(v => v.Name, v => v.Value)));
}
