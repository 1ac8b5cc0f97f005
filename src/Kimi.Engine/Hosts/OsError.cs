using System.Runtime.InteropServices;

namespace Kimi.Engine.Hosts;

/// <summary>
/// Failures of this machine in the words that models and clients know from the reference: number, text and path, such as
/// <c>[Errno 20] Not a directory: '/a/file/b'</c>.
/// </summary>
internal static class OsError
{
    /// <summary>Nothing of that name.</summary>
    public const int NoEntry = 2;

    /// <summary>A directory where a file was expected.</summary>
    public const int IsDirectory = 21;

    private const int AccessDenied = 13;
    private const int NotDirectory = 20;
    private const int MaxNumber = 4095;

    private static int NameTooLong => OperatingSystem.IsMacOS() ? 63 : 36;

    private static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>The failure of a number.</summary>
    public static IOException Make(int number, string path, Exception? cause = null) => new($"[Errno {number}] {Text(number)}: {Quote(path)}", cause);

    /// <summary>A failure of the framework in these words; the same when its number is not known.</summary>
    public static Exception Translate(Exception e, string path) => NumberOf(e, path) is int number ? Make(number, path, e) : e;

    private static int? NumberOf(Exception e, string path) => e switch
    {
        UnauthorizedAccessException => RawNumber(e.InnerException) ?? AccessDenied,
        FileNotFoundException or DirectoryNotFoundException => LiesBelowFile(path) ? NotDirectory : NoEntry,
        PathTooLongException => OperatingSystem.IsWindows() ? NoEntry : NameTooLong,

        // Files are locked only by the framework: it says better what is the matter.
        IOException => RawNumber(e) is int number && number != WouldBlock ? number : null,
        _ => null,
    };

    // On Linux and macOS the framework hands on the number it was given.
    private static int? RawNumber(Exception? e) => !OperatingSystem.IsWindows() && e?.HResult is > 0 and <= MaxNumber ? e.HResult : null;

    // The framework does not tell a file among the directories of a path from one that is missing; Windows does not either.
    private static bool LiesBelowFile(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        while (parent is not null && LocalHost.Stat(parent).Kind == EntryKind.None)
        {
            parent = Path.GetDirectoryName(parent);
        }

        return !OperatingSystem.IsWindows() && parent is not null && LocalHost.Stat(parent).Kind != EntryKind.Directory;
    }

    private static string Text(int number) => number switch
    {
        NoEntry => "No such file or directory",
        AccessDenied => "Permission denied",
        IsDirectory => "Is a directory",
        _ => Marshal.GetPInvokeErrorMessage(number),
    };

    private static string Quote(string path) => path.Contains('\'', StringComparison.Ordinal) && !path.Contains('"', StringComparison.Ordinal) ? $"\"{path}\"" : $"'{path}'";
}
