namespace Kimi.Engine.Text;

/// <summary>Replaces files so that a reader sees the old text or the new one, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes beside the file, flushes to disk and renames. A link is followed: it stays a link.</summary>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="content">The whole content.</param>
    /// <param name="secret">Whether only the owner may read the file; otherwise a replaced file keeps its Unix mode.</param>
    /// <param name="overwrite">False to leave a file alone that exists already.</param>
    /// <returns>False if the file existed and was left alone.</returns>
    public static bool Write(string path, ReadOnlySpan<byte> content, bool secret = false, bool overwrite = true)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            path = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }

        if (!overwrite && File.Exists(path))
        {
            return false;
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = Create(temporary, path, secret))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite);
            return true;
        }
        catch (IOException) when (!overwrite && File.Exists(path))
        {
            TryDelete(temporary);
            return false;
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static FileStream Create(string temporary, string target, bool secret)
    {
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(temporary, options);
        }

        if (secret)
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream stream = new(temporary, options);
        if (!secret && File.Exists(target))
        {
            File.SetUnixFileMode(stream.SafeFileHandle, File.GetUnixFileMode(target));
        }

        return stream;
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (IOException)
        {
        }
        catch (UnauthorizedAccessException)
        {
        }
    }
}
