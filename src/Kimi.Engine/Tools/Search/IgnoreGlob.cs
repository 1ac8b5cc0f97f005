using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Kimi.Engine.Tools.Search;

/// <summary>One line of an ignore file, or one <c>--glob</c>.</summary>
internal sealed class IgnoreGlob
{
    private static readonly SearchValues<char> s_special = SearchValues.Create("*?[]{}\\");
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    private readonly string? _name;
    private readonly string? _suffix;
    private readonly string? _pattern;
    private Regex? _regex;

    private IgnoreGlob(string glob, bool isAnchored)
    {
        bool isPlain = !glob.AsSpan().ContainsAny(s_special);
        if (!isAnchored && isPlain)
        {
            _name = glob;
        }
        else if (!isAnchored && glob.StartsWith("*.", StringComparison.Ordinal) && !glob.AsSpan(1).ContainsAny(s_special))
        {
            _suffix = glob[1..];
        }
        else
        {
            _pattern = Translate(glob, isAnchored);
        }
    }

    /// <summary>Whether what matches is to be searched, not ignored.</summary>
    public bool IsWhitelist { get; private init; }

    /// <summary>Whether only directories match.</summary>
    public bool OnlyDirectories { get; private init; }

    /// <summary>Reads a line; null when it holds no pattern.</summary>
    /// <exception cref="FormatException">The pattern is broken.</exception>
    public static IgnoreGlob? Parse(string line)
    {
        if (line.StartsWith('#'))
        {
            return null;
        }

        if (!line.EndsWith("\\ ", StringComparison.Ordinal))
        {
            line = line.TrimEnd();
        }

        bool isWhitelist = false;
        bool isAnchored = false;
        if (line.StartsWith("\\!", StringComparison.Ordinal) || line.StartsWith("\\#", StringComparison.Ordinal))
        {
            line = line[1..];
        }
        else if (line.StartsWith('!'))
        {
            isWhitelist = true;
            line = line[1..];
        }

        if (line.StartsWith('/'))
        {
            isAnchored = true;
            line = line[1..];
        }

        bool onlyDirectories = line.EndsWith('/');
        if (onlyDirectories)
        {
            line = line[..^1];
        }

        if (line.Length == 0)
        {
            return null;
        }

        isAnchored |= line.Contains('/', StringComparison.Ordinal);
        if (line.EndsWith("/**", StringComparison.Ordinal))
        {
            line += "/*";
        }

        return new IgnoreGlob(line, isAnchored) { IsWhitelist = isWhitelist, OnlyDirectories = onlyDirectories };
    }

    /// <summary>Whether the pattern matches a path below the directory it belongs to.</summary>
    public bool Matches(ReadOnlySpan<char> path, ReadOnlySpan<char> name, bool isDirectory)
    {
        if (OnlyDirectories && !isDirectory)
        {
            return false;
        }

        if (_name is not null)
        {
            return name.SequenceEqual(_name);
        }

        if (_suffix is not null)
        {
            return name.EndsWith(_suffix, StringComparison.Ordinal);
        }

        return (_regex ??= new Regex(_pattern!, RegexOptions.CultureInvariant | RegexOptions.Singleline, s_limit)).IsMatch(path);
    }

    /// <summary>A pattern of paths as a regular expression; <c>*</c> and <c>?</c> do not match the separator.</summary>
    private static string Translate(string glob, bool isAnchored)
    {
        StringBuilder text = new(isAnchored ? "^" : "^(?:.*/)?");
        int depth = 0;
        for (int i = 0; i < glob.Length; i++)
        {
            char c = glob[i];
            switch (c)
            {
                case '*' when glob.AsSpan(i).StartsWith("**") && (i == 0 || glob[i - 1] == '/') && (i + 2 == glob.Length || glob[i + 2] == '/'):
                    // "**/" any directories before, "/**" anything below; between two separators none is enough.
                    if (i + 2 == glob.Length)
                    {
                        text.Append(".*");
                        i++;
                    }
                    else
                    {
                        text.Append("(?:.*/)?");
                        i += 2;
                    }

                    break;
                case '*':
                    text.Append("[^/]*");
                    break;
                case '?':
                    text.Append("[^/]");
                    break;
                case '[':
                    i = Class(glob, i, text);
                    break;
                case '{':
                    depth++;
                    text.Append("(?:");
                    break;
                case '}' when depth == 0:
                    throw new FormatException($"error parsing glob '{glob}': unopened alternate group; missing '{{' (maybe escape '}}' with '[}}]'?)");
                case '}':
                    depth--;
                    text.Append(')');
                    break;
                case ',' when depth > 0:
                    text.Append('|');
                    break;
                case '\\' when i + 1 < glob.Length:
                    text.Append(Regex.Escape(glob[++i].ToString()));
                    break;
                default:
                    text.Append(Regex.Escape(c.ToString()));
                    break;
            }
        }

        if (depth > 0)
        {
            throw new FormatException($"error parsing glob '{glob}': unclosed alternate group; missing '}}' (maybe escape '{{' with '[{{]'?)");
        }

        return text.Append("\\z").ToString();
    }

    private static int Class(string glob, int open, StringBuilder text)
    {
        int at = open + 1;
        bool negated = at < glob.Length && glob[at] is '!' or '^';
        if (negated)
        {
            at++;
        }

        int end = at + 1 <= glob.Length ? glob.IndexOf(']', Math.Min(at + 1, glob.Length)) : -1;
        if (end < 0)
        {
            throw new FormatException($"error parsing glob '{glob}': unclosed character class; missing ']'");
        }

        text.Append(negated ? "[^/" : "[");
        foreach (char c in glob.AsSpan(at, end - at))
        {
            if (c is '\\' or '[' or ']' or '^')
            {
                text.Append('\\');
            }

            text.Append(c);
        }

        text.Append(']');
        return end;
    }
}
