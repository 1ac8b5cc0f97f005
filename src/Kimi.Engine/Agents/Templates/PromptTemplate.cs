using System.Text;

namespace Kimi.Engine.Agents.Templates;

/// <summary>
/// Renders prompt templates: <c>${ expression }</c>, <c>{% if %}</c>/<c>elif</c>/<c>else</c>/<c>endif</c>,
/// <c>{% include "file" %}</c>, <c>{% raw %}</c> and <c>{# comments #}</c> with Jinja's rules for blanks: a block tag swallows
/// the newline behind it and the indentation before it, <c>+</c> inside the tag turns that off, <c>-</c> swallows all blanks.
/// One pass over the text; a text of plain <c>${NAME}</c> costs a search and a lookup each.
/// </summary>
internal sealed class PromptTemplate
{
    private const int MaxIncludes = 16;

    private readonly string _text;
    private readonly TemplateContext _context;
    private readonly StringBuilder _output;
    private readonly int _depth;
    private Stack<Branch>? _branches;
    private bool _active = true;
    private int _position;

    private PromptTemplate(string text, TemplateContext context, StringBuilder output, int depth)
    {
        _text = text;
        _context = context;
        _output = output;
        _depth = depth;
    }

    /// <summary>The rendered text.</summary>
    /// <exception cref="TemplateException">Malformed, or a variable is missing.</exception>
    public static string Render(string text, TemplateContext context)
    {
        if (text.Contains('\r', StringComparison.Ordinal))
        {
            text = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        }

        var output = new StringBuilder(text.Length + 1024);
        if (!TryRenderPlain(text, context, output))
        {
            output.Clear();
            new PromptTemplate(text, context, output, 0).Run();
        }

        return output.ToString();
    }

    // The start-up path: nothing but "${NAME}". One method on purpose, each more would have to be compiled first.
    private static bool TryRenderPlain(string text, TemplateContext context, StringBuilder output)
    {
        if (text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal))
        {
            return false;
        }

        int position = 0;
        for (int start; (start = text.IndexOf("${", position, StringComparison.Ordinal)) >= 0;)
        {
            int end = start + 2;
            while (end < text.Length && (char.IsAsciiLetterUpper(text[end]) || text[end] == '_'))
            {
                end++;
            }

            if (end == start + 2 || end == text.Length || text[end] != '}')
            {
                return false;
            }

            if (context.Variable(text.Substring(start + 2, end - start - 2)) is not { } value)
            {
                return false;
            }

            output.Append(text, position, start - position).Append(value);
            position = end + 1;
        }

        output.Append(text, position, text.Length - position);
        return true;
    }

    private void Run()
    {
        while (_position < _text.Length)
        {
            int start = NextTag(_position);
            if (start < 0)
            {
                Emit(_text.AsSpan(_position));
                break;
            }

            char kind = _text[start + 1];
            int body = start + 2;
            char mark = body < _text.Length ? _text[body] : '\0';
            int literalEnd = start;
            if (mark == '-')
            {
                literalEnd = TrimBack(start, _position, newlines: true);
                body++;
            }
            else if (mark == '+' && kind != '{')
            {
                body++;
            }
            else if (kind != '{')
            {
                int lineStart = TrimBack(start, 0, newlines: false);
                if (lineStart == 0 || _text[lineStart - 1] == '\n')
                {
                    literalEnd = Math.Max(lineStart, _position);
                }
            }

            Emit(_text.AsSpan(_position, literalEnd - _position));
            switch (kind)
            {
                case '#':
                    Comment(body);
                    break;
                case '%':
                    Block(body);
                    break;
                default:
                    Variable(start, body);
                    break;
            }
        }

        if (_branches is { Count: > 0 })
        {
            throw new TemplateException("Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'.");
        }
    }

    // The second character tells the tags apart: "${", "{%", "{#".
    private int NextTag(int from)
    {
        for (int i = from; i < _text.Length - 1; i++)
        {
            int hit = _text.AsSpan(i, _text.Length - 1 - i).IndexOfAny('$', '{');
            if (hit < 0)
            {
                return -1;
            }

            i += hit;
            char next = _text[i + 1];
            if (_text[i] == '$' ? next == '{' : next is '%' or '#')
            {
                return i;
            }
        }

        return -1;
    }

    private int TrimBack(int end, int floor, bool newlines)
    {
        while (end > floor && (newlines ? char.IsWhiteSpace(_text[end - 1]) : _text[end - 1] is ' ' or '\t'))
        {
            end--;
        }

        return end;
    }

    private void Comment(int body)
    {
        int end = _text.IndexOf("#}", body, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateException("Missing end of comment tag");
        }

        Leave(end, end > body ? _text[end - 1] : '\0');
    }

    private void Variable(int start, int body)
    {
        var expression = new TemplateExpression(_text, body, "}", _context, _active);
        if (!expression.TrySimpleName(out string? name))
        {
            object? value = expression.Evaluate();
            EmitValue(value, start, expression.End + 1);
        }
        else if (_active)
        {
            string? value = _context.Variable(name);
            if (value is not null)
            {
                _output.Append(value);
            }
            else if (_context.KeepsUnknown)
            {
                _output.Append("${").Append(name).Append('}');
            }
            else
            {
                throw new TemplateException($"'{name}' is undefined", isUndefined: true);
            }
        }

        _position = expression.End + 1;
        if (expression.ClosingMark == '-')
        {
            SkipBlanks();
        }
    }

    private void EmitValue(object? value, int start, int end)
    {
        if (!_active)
        {
            return;
        }

        if (value is UndefinedValue)
        {
            _output.Append(_text, start, end - start);
        }
        else
        {
            _output.Append(TemplateExpression.Show(value));
        }
    }

    private void Block(int body)
    {
        var expression = new TemplateExpression(_text, body, "%}", _context, _active);
        string tag = expression.ReadTag();
        switch (tag)
        {
            case "if":
                PushIf(expression);
                break;
            case "elif":
                ElseIf(expression);
                break;
            case "else":
                expression.ExpectEnd();
                Branch last = CurrentBranch(tag);
                last.SeenElse = true;
                _active = last.ParentActive && !last.Taken;
                last.Taken = true;
                break;
            case "endif":
                expression.ExpectEnd();
                _active = CurrentBranch(null).ParentActive;
                _branches!.Pop();
                break;
            case "include":
                IncludeFile(expression);
                break;
            case "raw":
                expression.ExpectEnd();
                Leave(expression.End, expression.ClosingMark);
                Raw();
                return;
            default:
                throw new TemplateException($"Encountered unknown tag '{tag}'.");
        }

        Leave(expression.End, expression.ClosingMark);
    }

    private void PushIf(TemplateExpression expression)
    {
        bool holds = TemplateExpression.IsTrue(expression.Evaluate());
        (_branches ??= []).Push(new Branch { ParentActive = _active, Taken = _active && holds });
        _active = _active && holds;
    }

    private void ElseIf(TemplateExpression expression)
    {
        Branch branch = CurrentBranch("elif");
        expression.IsActive = branch.ParentActive && !branch.Taken;
        bool holds = TemplateExpression.IsTrue(expression.Evaluate());
        _active = branch.ParentActive && !branch.Taken && holds;
        branch.Taken |= _active;
    }

    private Branch CurrentBranch(string? followUp)
    {
        if (_branches is null || !_branches.TryPeek(out Branch? branch) || (followUp is not null && branch.SeenElse))
        {
            throw new TemplateException($"Encountered unknown tag '{followUp ?? "endif"}'.");
        }

        return branch;
    }

    private void IncludeFile(TemplateExpression expression)
    {
        object? name = expression.Evaluate();
        if (!_active)
        {
            return;
        }

        if (name is not string file || _context.Include(file) is not { } text)
        {
            throw new TemplateException(TemplateExpression.Show(name));
        }

        if (_depth == MaxIncludes)
        {
            throw new TemplateException($"too many nested includes: {file}");
        }

        new PromptTemplate(text.Replace("\r\n", "\n", StringComparison.Ordinal), _context, _output, _depth + 1).Run();
    }

    private void Raw()
    {
        for (int i = _position; (i = _text.IndexOf("{%", i, StringComparison.Ordinal)) >= 0; i += 2)
        {
            int word = i + 2;
            word += word < _text.Length && _text[word] is '-' or '+' ? 1 : 0;
            while (word < _text.Length && char.IsWhiteSpace(_text[word]))
            {
                word++;
            }

            int end = _text.IndexOf("%}", word, StringComparison.Ordinal);
            if (end < 0 || _text[word..end].TrimEnd('-', '+').TrimEnd() != "endraw")
            {
                continue;
            }

            char mark = _text[i + 2];
            int literalEnd = mark == '-' ? TrimBack(i, _position, newlines: true) : i;
            int lineStart = TrimBack(i, _position, newlines: false);
            if (mark is not ('-' or '+') && lineStart > 0 && _text[lineStart - 1] == '\n')
            {
                literalEnd = lineStart;
            }

            Emit(_text.AsSpan(_position, literalEnd - _position));
            Leave(end, _text[end - 1]);
            return;
        }

        throw new TemplateException("Missing end of raw directive");
    }

    // Behind a block tag or comment: one newline goes, unless the tag says otherwise.
    private void Leave(int end, char mark)
    {
        _position = end + 2;
        if (mark == '-')
        {
            SkipBlanks();
        }
        else if (mark != '+' && _position < _text.Length && _text[_position] == '\n')
        {
            _position++;
        }
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }

    private void Emit(ReadOnlySpan<char> literal)
    {
        if (_active)
        {
            _output.Append(literal);
        }
    }

    private sealed class Branch
    {
        public bool ParentActive { get; init; }

        public bool Taken { get; set; }

        public bool SeenElse { get; set; }
    }
}
