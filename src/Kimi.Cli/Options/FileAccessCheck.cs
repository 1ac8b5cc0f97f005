using System.Runtime.InteropServices;

namespace Kimi.Cli.Options;

/// <summary>Whether this user may read or write a path, asked without touching it. Windows is not asked: its answer would need the whole access list.</summary>
internal static class FileAccessCheck
{
    private const int WriteAccess = 2;
    private const int ReadAccess = 4;

    public static bool CanRead(string path) => Ask(path, ReadAccess);

    public static bool CanWrite(string path) => Ask(path, WriteAccess);

    private static bool Ask(string path, int access)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        try
        {
            return Access(System.Text.Encoding.UTF8.GetBytes(path + "\0"), access) == 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return true; // the first real access will tell
        }
    }

    [DllImport("libc", EntryPoint = "access", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Access(byte[] path, int mode);
}
