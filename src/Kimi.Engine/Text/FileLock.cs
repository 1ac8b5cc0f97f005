using System.Diagnostics;

namespace Kimi.Engine.Text;

/// <summary>
/// Held for the moments in which a file is rewritten, so that no two processes do so at once. The lock's own file is never
/// deleted: whoever waits for it waits for the same file.
/// </summary>
internal sealed class FileLock : IDisposable
{
    private const int PollMilliseconds = 5;

    private readonly FileStream _file;

    private FileLock(FileStream file) => _file = file;

    /// <summary>Takes the lock; waits while another process has it.</summary>
    /// <param name="path">Path of the file that is rewritten; the lock's own is beside it.</param>
    /// <param name="patience">How long to wait; ten seconds when not given.</param>
    /// <exception cref="IOException">Another process does not give it free, or its file cannot be written.</exception>
    public static FileLock Take(string path, TimeSpan? patience = null)
    {
        path += ".lock";
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        long start = Stopwatch.GetTimestamp();
        TimeSpan longest = patience ?? TimeSpan.FromSeconds(10);
        while (true)
        {
            try
            {
                return new FileLock(new FileStream(path, options));
            }
            catch (DirectoryNotFoundException)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            }
            catch (IOException e) when (File.Exists(path))
            {
                // The system has no way to wait for a file; whoever has it needs a few milliseconds.
                if (Stopwatch.GetElapsedTime(start) > longest)
                {
                    throw new IOException($"The file '{path}' is held by another process. End that process, or wait until it has done its work.", e);
                }

                Thread.Sleep(PollMilliseconds);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"The file '{path}' cannot be written: {e.Message}", e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
