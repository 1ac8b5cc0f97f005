using System.Text.RegularExpressions;

namespace Kimi.Engine.Hooks;

/// <summary>
/// A hook's matcher: a regular expression that must be found somewhere in the event's value. Empty matches all, an invalid one
/// nothing. Tool names and lists of them (<c>Shell</c>, <c>^Shell$</c>, <c>ReadFile|Glob</c>), the usual matchers, never load the
/// regex engine.
/// </summary>
public sealed class HookMatcher(string pattern)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(250);

    private readonly string[]? _plain = SplitPlain(pattern);
    private Regex? _regex;
    private Regex? _linear;
    private bool _invalid;

    /// <summary>What is wrong with a pattern; null when it can match something.</summary>
    public static string? Fault(string pattern)
    {
        try
        {
            _ = SplitPlain(pattern) is null ? Compile(pattern) : null;
            return null;
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether the pattern is found in a value.</summary>
    public bool Matches(string value)
    {
        if (pattern.Length == 0)
        {
            return true;
        }

        return _plain is null ? MatchesRegex(value) : Array.Exists(_plain, part => MatchesPlain(part, value));
    }

    private static string[]? SplitPlain(string pattern)
    {
        foreach (char c in pattern)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '|' or '^' or '$'))
            {
                return null;
            }
        }

        string[] parts = pattern.Split('|');
        return Array.Exists(parts, static part => part.Length == 0 || part.LastIndexOf('^') > 0 || (part.IndexOf('$') is >= 0 and int i && i < part.Length - 1))
            ? null
            : parts;
    }

    private static bool MatchesPlain(string part, string value)
    {
        bool fromStart = part[0] == '^';
        bool toEnd = part[^1] == '$';
        ReadOnlySpan<char> text = part.AsSpan(fromStart ? 1 : 0).TrimEnd('$');
        ReadOnlySpan<char> whole = value;

        // "$" also stands before a newline at the end.
        ReadOnlySpan<char> line = whole.EndsWith("\n") ? whole[..^1] : whole;
        return (fromStart, toEnd) switch
        {
            (true, true) => whole.SequenceEqual(text) || line.SequenceEqual(text),
            (true, false) => whole.StartsWith(text),
            (false, true) => whole.EndsWith(text) || line.EndsWith(text),
            _ => whole.Contains(text, StringComparison.Ordinal),
        };
    }

    private bool MatchesRegex(string value)
    {
        if (_invalid)
        {
            return false;
        }

        try
        {
            _regex ??= Compile(pattern);
            return _regex.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return MatchesLinear(value);
        }
        catch (ArgumentException)
        {
            _invalid = true;
            return false;
        }
    }

    // A pattern that explodes on this value: the engine without backtracking answers all the same, where it knows the pattern.
    private bool MatchesLinear(string value)
    {
        try
        {
            _linear ??= new Regex(Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, TimeSpan.FromSeconds(2));
            return _linear.IsMatch(value);
        }
        catch (Exception e) when (e is RegexMatchTimeoutException or NotSupportedException or ArgumentException)
        {
            return false;
        }
    }

    private static Regex Compile(string pattern) => new(Translate(pattern), RegexOptions.CultureInvariant, s_limit);

    // Named groups and the end of the text are written otherwise in the dialect of existing configurations.
    private static string Translate(string pattern) => pattern
        .Replace("(?P<", "(?<", StringComparison.Ordinal)
        .Replace("\\Z", "\\z", StringComparison.Ordinal);
}
