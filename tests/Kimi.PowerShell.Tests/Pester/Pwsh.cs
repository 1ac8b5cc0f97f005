namespace Kimi.PowerShell.Tests.Pester;

/// <summary>The real pwsh. A test that needs it is skipped where there is none, or fails if one is required.</summary>
internal static class Pwsh
{
    private static bool IsRequired => Environment.GetEnvironmentVariable("KIMI_REQUIRE_PWSH") == "1";

    /// <summary>The path of pwsh; skips the test where there is none.</summary>
    public static string Require()
    {
        string? path = Find();
        if (path is null) { Skip("There is no pwsh on PATH."); }
        return path!;
    }

    /// <summary>Ends the test as skipped, or as failed if a real pwsh is required.</summary>
    public static void Skip(string reason)
    {
        Assert.False(IsRequired, "KIMI_REQUIRE_PWSH is set. " + reason);
        Assert.Skip(reason);
    }

    private static string? Find()
    {
        string name = OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Join(folder, name))
            .FirstOrDefault(File.Exists);
    }
}
