using System.Text;

namespace Kimi.Cli.Interactive;

/// <summary>
/// Colours the plainest Markdown while it streams: headings, strong text, code. No character is taken away, so a mark that was
/// meant otherwise loses nothing; only the few that may begin a heading or a block of code wait for the next one. Styles within
/// a line end with it.
/// </summary>
internal sealed class MarkdownStyler(TextWriter output)
{
    private const string Strong = "\u001b[1m";
    private const string StrongEnd = "\u001b[22m";
    private const string Code = "\u001b[36m";
    private const string CodeEnd = "\u001b[39m";
    private const string Fence = "```";
    private const int MostIndent = 3;
    private const int DeepestHeading = 6;

    private readonly StringBuilder _marks = new();
    private bool _atStart = true;
    private bool _fenceLine;
    private bool _inFence;
    private bool _heading;
    private bool _inCode;
    private bool _inStrong;
    private bool _afterStar;

    /// <summary>Writes a piece of text.</summary>
    public void Write(string text)
    {
        foreach (char c in text)
        {
            if (c == '\n')
            {
                EndLine();
                output.Write(c);
            }
            else if (_atStart)
            {
                Begin(c);
            }
            else
            {
                WriteInside(c);
            }
        }
    }

    /// <summary>Writes what waits and ends all styles.</summary>
    public void End()
    {
        EndLine();
        if (_inFence)
        {
            output.Write(CodeEnd);
            _inFence = false;
        }
    }

    // What a line is, its first characters tell: a fence of backticks, or hashes and a blank.
    private void Begin(char c)
    {
        _marks.Append(c);
        string marks = _marks.ToString().TrimStart(' ');
        int indent = _marks.Length - marks.Length;
        bool onlyHashes = marks.Length > 0 && marks.AsSpan().TrimEnd(' ').IndexOfAnyExcept('#') < 0;
        if (marks == Fence)
        {
            _fenceLine = true;
            if (!_inFence)
            {
                output.Write(Code);
            }
        }
        else if (onlyHashes && c == ' ' && indent == 0 && !_inFence)
        {
            _heading = true;
            Set(ref _inStrong, true, Strong, StrongEnd);
        }
        else if (indent <= MostIndent && (marks.Length == 0 || Fence.StartsWith(marks, StringComparison.Ordinal) || (onlyHashes && marks.Length <= DeepestHeading)))
        {
            return;
        }

        Release();
    }

    private void Release()
    {
        _atStart = false;
        for (int i = 0; i < _marks.Length; i++)
        {
            WriteInside(_marks[i]);
        }

        _marks.Clear();
    }

    private void WriteInside(char c)
    {
        if (_inFence || _fenceLine)
        {
            output.Write(c);
            return;
        }

        bool secondStar = c == '*' && _afterStar && !_inCode && !_heading;
        _afterStar = c == '*' && !secondStar;
        if (c != '`')
        {
            output.Write(c);
        }
        else if (_inCode)
        {
            output.Write(c);
            Set(ref _inCode, false, Code, CodeEnd);
        }
        else
        {
            Set(ref _inCode, true, Code, CodeEnd);
            output.Write(c);
        }

        if (secondStar)
        {
            Set(ref _inStrong, !_inStrong, Strong, StrongEnd);
        }
    }

    private void EndLine()
    {
        Release();
        Set(ref _inCode, false, Code, CodeEnd);
        Set(ref _inStrong, false, Strong, StrongEnd);
        if (_fenceLine)
        {
            _inFence = !_inFence;
            if (!_inFence)
            {
                output.Write(CodeEnd);
            }
        }

        _atStart = true;
        _fenceLine = _heading = _afterStar = false;
    }

    private void Set(ref bool state, bool on, string begin, string end)
    {
        if (state != on)
        {
            output.Write(on ? begin : end);
            state = on;
        }
    }
}
