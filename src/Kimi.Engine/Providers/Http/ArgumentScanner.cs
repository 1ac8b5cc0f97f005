namespace Kimi.Engine.Providers.Http;

/// <summary>Follows the text of a call's arguments and knows when it is a whole JSON object or array.</summary>
internal sealed class ArgumentScanner
{
    private int _depth;
    private bool _quoted;
    private bool _escaped;

    /// <summary>Whether every bracket that was opened is closed again, and one was.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Takes a piece; null counts as empty.</summary>
    public void Take(string? piece)
    {
        foreach (char c in piece ?? "")
        {
            if (_quoted)
            {
                if (_escaped)
                {
                    _escaped = false;
                }
                else if (c == '\\')
                {
                    _escaped = true;
                }
                else if (c == '"')
                {
                    _quoted = false;
                }

                continue;
            }

            switch (c)
            {
                case '"':
                    _quoted = true;
                    break;
                case '{' or '[':
                    _depth++;
                    IsComplete = false;
                    break;
                case '}' or ']':
                    _depth--;
                    IsComplete = _depth <= 0;
                    break;
            }
        }
    }
}
