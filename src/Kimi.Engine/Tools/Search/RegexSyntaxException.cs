namespace Kimi.Engine.Tools.Search;

/// <summary>A pattern that ripgrep refuses; the text is what it says.</summary>
internal sealed class RegexSyntaxException(string message) : Exception(message)
{
    /// <summary>A fault at a place of the pattern, in ripgrep's form.</summary>
    public static RegexSyntaxException At(string pattern, int start, int length, string fault) =>
        new($"regex parse error:\n    {pattern}\n    {new string(' ', start)}{new string('^', Math.Max(1, length))}\nerror: {fault}\n{(fault.EndsWith("supported", StringComparison.Ordinal) ? "\nConsider enabling PCRE2 with the --pcre2 flag, which can handle backreferences\nand look-around.\n" : "")}");
}
