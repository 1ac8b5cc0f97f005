using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kimi.Engine.Tools.Search;

/// <summary>Searches in one file and writes what ripgrep would.</summary>
internal sealed class GrepFile
{
    private const int HeadSize = 64 * 1024;
    private const int MaxColumns = 500;
    private const long MaxSize = 1L << 30;

    private readonly GrepQuery _query;
    private readonly Regex _regex;
    private readonly byte[]? _literal;
    private readonly bool _isByLine;
    private readonly int _before;
    private readonly int _after;

    public GrepFile(GrepQuery query)
    {
        _query = query;
        _regex = RustRegex.Make(query.Pattern, query.IgnoreCase, query.Multiline);
        _literal = query.IgnoreCase || RustRegex.Literal(query.Pattern) is not string literal ? null : Encoding.UTF8.GetBytes(literal);

        // For these, each line is a text of its own; the whole text cannot be looked through first.
        _isByLine = query.Pattern.Contains(@"\A", StringComparison.Ordinal) || query.Pattern.Contains(@"\z", StringComparison.Ordinal);
        _before = query.IsContent ? query.Before ?? query.Context ?? 0 : 0;
        _after = query.IsContent ? query.After ?? query.Context ?? 0 : 0;
    }

    /// <summary>Whether groups of lines are set apart, also those of different files.</summary>
    public bool HasContext => _before > 0 || _after > 0;

    /// <summary>The lines found in a file, or empty.</summary>
    /// <param name="full">Its full path.</param>
    /// <param name="shown">Its path as it is shown.</param>
    /// <param name="isNamed">Whether the file itself was asked for; then its name is not repeated.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public string Search(string full, string shown, bool isNamed, CancellationToken cancellationToken)
    {
        byte[] bytes;
        using (Microsoft.Win32.SafeHandles.SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
        {
            long size = RandomAccess.GetLength(handle);
            if (size > MaxSize)
            {
                throw new IOException("file too large to search without ripgrep");
            }

            bytes = GC.AllocateUninitializedArray<byte>((int)size);
            int length = 0;
            int count;
            while (length < bytes.Length && (count = RandomAccess.Read(handle, bytes.AsSpan(length), length)) > 0)
            {
                length += count;
            }

            if (length < bytes.Length)
            {
                bytes = bytes[..length];
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return Search(bytes, shown, isNamed);
    }

    private string Search(ReadOnlySpan<byte> bytes, string shown, bool isNamed)
    {
        string prefix = isNamed ? "" : shown;
        if (Wide(bytes) is Encoding wide)
        {
            return Write(wide.GetString(bytes[2..]), prefix, shown, long.MaxValue, "");
        }

        int zero = bytes.IndexOf((byte)0);
        if (zero >= 0 && zero < HeadSize)
        {
            // A binary file: skipped when it was only come across.
            return isNamed && Matches(bytes) ? Binary(bytes, shown, zero) : "";
        }

        if (_literal is not null && bytes.IndexOf(_literal) < 0)
        {
            return "";
        }

        if (bytes.StartsWith("\ufeff"u8))
        {
            bytes = bytes[3..];
        }

        if (zero < 0 || isNamed)
        {
            return Write(Encoding.UTF8.GetString(bytes), prefix, shown, long.MaxValue, "");
        }

        if (_query.IsCount)
        {
            return "";
        }

        return Write(
            Encoding.UTF8.GetString(bytes[..zero]), prefix, shown, zero,
            _query.IsFiles ? "" : string.Create(CultureInfo.InvariantCulture, $"{shown}: WARNING: stopped searching binary file after match (found \"\\0\" byte around offset {zero})\n"));
    }

    private static UnicodeEncoding? Wide(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) ? new UnicodeEncoding(false, false) : bytes.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]) ? new UnicodeEncoding(true, false) : null;

    private bool Matches(ReadOnlySpan<byte> bytes) => NextLine(Encoding.UTF8.GetString(bytes), 0) is not null || (_query.Multiline && _regex.IsMatch(Encoding.UTF8.GetString(bytes)));

    private string Binary(ReadOnlySpan<byte> bytes, string shown, int zero) =>
        _query.IsFiles ? $"{shown}\n"
        : _query.IsCount ? Write(Encoding.UTF8.GetString(bytes), "", shown, long.MaxValue, "")
        : string.Create(CultureInfo.InvariantCulture, $"binary file matches (found \"\\0\" byte around offset {zero})\n");

    private string Write(string text, string prefix, string shown, long end, string note)
    {
        if (_query.IsFiles)
        {
            bool found = _query.Multiline ? _regex.IsMatch(text) : NextLine(text, 0) is not null;
            return found ? $"{shown}\n" : "";
        }

        if (_query.IsCount)
        {
            long count = Count(text);
            return count == 0 ? "" : prefix.Length == 0 ? string.Create(CultureInfo.InvariantCulture, $"{count}\n") : string.Create(CultureInfo.InvariantCulture, $"{prefix}:{count}\n");
        }

        StringBuilder output = new();
        GrepPrinter printer = new(output, text, prefix, _query.IsContent && _query.LineNumbers, _before, _after, _query.IsContent ? int.MaxValue : MaxColumns);
        if (_query.Multiline)
        {
            foreach (ValueMatch match in _regex.EnumerateMatches(text))
            {
                printer.Match(match.Index, match.Index + match.Length);
            }
        }
        else
        {
            for ((int Start, int End)? line = NextLine(text, 0); line is (int start, int stop); line = NextLine(text, stop + 1))
            {
                printer.Match(start, stop);
            }
        }

        printer.End();
        if (output.Length > 0 && end != long.MaxValue)
        {
            output.Append(note);
        }

        return output.ToString();
    }

    private long Count(string text)
    {
        if (_query.Multiline)
        {
            return Count(text.AsSpan());
        }

        long count = 0;
        for ((int Start, int End)? line = NextLine(text, 0); line is (int start, int stop); line = NextLine(text, stop + 1))
        {
            count += Count(text.AsSpan(start, stop - start));
        }

        return count;
    }

    // An empty match right behind another one is none.
    private long Count(ReadOnlySpan<char> text)
    {
        long count = 0;
        int end = -1;
        foreach (ValueMatch match in _regex.EnumerateMatches(text))
        {
            if (match.Length > 0 || match.Index != end)
            {
                count++;
            }

            end = match.Index + match.Length;
        }

        return count;
    }

    /// <summary>
    /// The next line that matches. The whole text is looked through first, because that is fast; a match found so may cross a
    /// line end, so the line it begins in is looked at again by itself.
    /// </summary>
    private (int Start, int End)? NextLine(string text, int from)
    {
        for (int next; _isByLine && from < text.Length; from = next + 1)
        {
            next = text.IndexOf('\n', from);
            next = next < 0 ? text.Length : next;
            if (_regex.IsMatch(text.AsSpan(from, next - from)))
            {
                return (from, next);
            }
        }

        while (from < text.Length)
        {
            Regex.ValueMatchEnumerator matches = _regex.EnumerateMatches(text, from);
            if (!matches.MoveNext())
            {
                return null;
            }

            int at = matches.Current.Index;
            if (at >= text.Length && text.EndsWith('\n'))
            {
                return null;
            }

            int start = at == 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;
            int end = text.IndexOf('\n', at);
            end = end < 0 ? text.Length : end;
            if (_regex.IsMatch(text.AsSpan(start, end - start)))
            {
                return (start, end);
            }

            from = end + 1;
        }

        return null;
    }
}
