using Kimi.Cli.Logging;

namespace Kimi.Cli.Tests.Logging;

public sealed class LogFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kimi-log-");
    private readonly Clock _clock = new(new DateTimeOffset(2026, 3, 5, 12, 0, 0, TimeSpan.Zero));

    private string LogPath => Path.Combine(_folder.FullName, "logs", "kimi.log");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Nothing_said_makes_no_file()
    {
        using (LogFile log = new(LogPath, everything: false, _clock))
        {
            log.Write("Debug", "detail");
        }

        Assert.False(File.Exists(LogPath));
    }

    [Fact]
    public void Lines_are_appended_and_fine_levels_only_on_demand()
    {
        Log(false, ("Trace", "no"), ("Information", "one\ntwo"));
        Log(true, ("Trace", "yes"));
        Assert.Equal(
            ["2026-03-05 12:00:00.000 | INFO     | one", "    two", "2026-03-05 12:00:00.000 | TRACE    | yes"], File.ReadAllLines(LogPath));
    }

    [Fact]
    public void A_warning_is_written_at_once()
    {
        using LogFile log = new(LogPath, everything: false, _clock);
        log.Write("Warning", "careful");
        Assert.Contains("careful", File.ReadAllText(LogPath), StringComparison.Ordinal);
    }

    [Fact]
    public void At_six_the_old_log_gets_a_date()
    {
        Log(false, ("Information", "old"));
        _clock.Now = _clock.Now.AddHours(17.9);
        Log(false, ("Information", "before six"));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(LogPath)!));
        _clock.Now = _clock.Now.AddHours(0.2);
        Log(false, ("Information", "new"));
        Assert.EndsWith("new", Assert.Single(File.ReadAllLines(LogPath)), StringComparison.Ordinal);
        string rotated = Path.Combine(Path.GetDirectoryName(LogPath)!, "kimi.2026-03-05_12-00-00_000000.log");
        Assert.Equal(2, File.ReadAllLines(rotated).Length);
    }

    [Fact]
    public void A_log_is_kept_for_ten_days()
    {
        Log(false, ("Information", "old"));
        string ancient = Path.Combine(Path.GetDirectoryName(LogPath)!, "kimi.2026-01-01_06-00-00_000000.log");
        string recent = Path.Combine(Path.GetDirectoryName(LogPath)!, "kimi.2026-03-01_06-00-00_000000.log");
        File.WriteAllText(ancient, "x");
        File.WriteAllText(recent, "x");
        File.SetLastWriteTime(ancient, new DateTime(2026, 1, 1));
        File.SetLastWriteTime(recent, new DateTime(2026, 3, 1));
        _clock.Now = _clock.Now.AddDays(1);
        Log(false, ("Information", "new"));
        Assert.False(File.Exists(ancient));
        Assert.True(File.Exists(recent));
    }

    private void Log(bool everything, params (string Level, string Text)[] lines)
    {
        using LogFile log = new(LogPath, everything, _clock);
        foreach ((string level, string text) in lines)
        {
            log.Write(level, text);
        }
    }

    private sealed class Clock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
