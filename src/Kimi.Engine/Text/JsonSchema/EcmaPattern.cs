using System.Text.RegularExpressions;

namespace Kimi.Engine.Text;

/// <summary>
/// A regular expression of a schema: ECMA-262 with the u flag, built at its first use. One that cannot be read, or that
/// once took too long, accepts every text: it must not keep a tool from being called.
/// </summary>
internal sealed class EcmaPattern(string text)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(250);

    private volatile Regex? _regex;
    private volatile bool _isOff;

    public string Text { get; } = text;

    public bool IsMatch(string value)
    {
        if (_isOff || !TryBuild(out _))
        {
            return true;
        }

        try
        {
            return _regex!.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            _isOff = true;
            return true;
        }
    }

    /// <summary>Builds the expression; false with the reason when it is none.</summary>
    public bool TryBuild(out string? reason)
    {
        reason = null;
        if (_regex is not null)
        {
            return true;
        }

        try
        {
            _regex = new Regex(EcmaTranslator.Translate(Text), RegexOptions.CultureInvariant, s_timeout);
            return true;
        }
        catch (NotSupportedException)
        {
            // Valid, but beyond what can be matched here.
            _isOff = true;
            return false;
        }
        catch (ArgumentException e)
        {
            _isOff = true;
            reason = e.Message;
            return false;
        }
    }
}
