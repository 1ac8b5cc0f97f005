using System.Globalization;
using System.Text;

namespace Kimi.Cli.Logging;

/// <summary>
/// The log in the share directory, shared by all processes. Lines gather in memory and are appended by the second, at a
/// warning and at the end, so that a short run opens the file at most once. A log that cannot be written is no error.
/// </summary>
internal sealed class LogFile : IDisposable
{
    private const int MostGathered = 1 << 14;
    private const int RotationHour = 6;
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(10);
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly bool _everything;
    private readonly Lock _gate = new();
    private readonly StringBuilder _gathered = new();
    private DateTime _rotateAfter = DateTime.MinValue;
    private ITimer? _timer;

    /// <summary>Logs to a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="everything">Whether the finest levels count too.</param>
    /// <param name="time">The clock.</param>
    public LogFile(string path, bool everything, TimeProvider time)
    {
        FilePath = path;
        _everything = everything;
        _time = time;
    }

    /// <summary>Path of the log.</summary>
    public string FilePath { get; }

    /// <summary>Writes a line. Levels are <c>Trace</c>, <c>Debug</c>, <c>Information</c>, <c>Warning</c>, <c>Error</c>, <c>Critical</c>.</summary>
    public void Write(string level, string text)
    {
        if (!_everything && level is "Trace" or "Debug")
        {
            return;
        }

        string stamp = _time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string name = level == "Information" ? "INFO" : level.ToUpperInvariant();
        lock (_gate)
        {
            _gathered.Append(stamp).Append(" | ").Append(name.PadRight(8)).Append(" | ").Append(text.ReplaceLineEndings("\n    ")).Append('\n');
            if (name is "WARNING" or "ERROR" or "CRITICAL" || _gathered.Length > MostGathered)
            {
                Flush();
            }
            else
            {
                _timer ??= _time.CreateTimer(static log => ((LogFile)log!).FlushLater(), this, s_delay, s_delay);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            _timer = null;
            Flush();
        }
    }

    private void FlushLater()
    {
        lock (_gate)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_gathered.Length == 0)
        {
            return;
        }

        try
        {
            DateTime now = _time.GetLocalNow().DateTime;
            if (now >= _rotateAfter)
            {
                Rotate(now);
            }

            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);

            // Opened for one writer at a time: another process that is at it keeps these lines waiting till the next time.
            using FileStream file = new(FilePath, FileMode.Append, FileAccess.Write, FileShare.Read, 1);
            file.Write(Encoding.UTF8.GetBytes(_gathered.ToString()));
            _gathered.Clear();
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            if (_gathered.Length > 64 * MostGathered)
            {
                _gathered.Clear();
            }
        }
    }

    private void Rotate(DateTime now)
    {
        DateTime today = now.Date.AddHours(RotationHour);
        DateTime last = now >= today ? today : today.AddDays(-1);
        _rotateAfter = last.AddDays(1);
        if (!File.Exists(FilePath) || FirstLine(FilePath) is not DateTime begun || begun >= last)
        {
            return;
        }

        string folder = Path.GetDirectoryName(FilePath)!;
        string name = Path.GetFileNameWithoutExtension(FilePath);
        string extension = Path.GetExtension(FilePath);
        File.Move(FilePath, Path.Combine(folder, $"{name}.{begun.ToString("yyyy-MM-dd_HH-mm-ss_ffffff", CultureInfo.InvariantCulture)}{extension}"), overwrite: true);
        foreach (string old in Directory.EnumerateFiles(folder, $"{name}.*{extension}"))
        {
            if (now - File.GetLastWriteTime(old) > s_kept)
            {
                File.Delete(old);
            }
        }
    }

    private static DateTime? FirstLine(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1);
        Span<byte> start = stackalloc byte[19];
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return read == 0 ? null
            : DateTime.TryParseExact(Encoding.ASCII.GetString(start[..read]), "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime begun)
            ? begun : File.GetLastWriteTime(path);
    }
}
