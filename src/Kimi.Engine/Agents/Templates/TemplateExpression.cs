using System.Globalization;

namespace Kimi.Engine.Agents.Templates;

/// <summary>
/// Reads and evaluates one expression inside a tag: names, strings, numbers, lists, <c>and</c>/<c>or</c>/<c>not</c>,
/// comparisons, <c>in</c>, <c>is [not] defined</c>, <c>~</c>. In a branch that is not taken it is only read.
/// </summary>
internal sealed class TemplateExpression
{
    private const int MaxDepth = 64;

    private readonly string _text;
    private readonly string _closing;
    private readonly TemplateContext _context;
    private int _position;
    private int _depth;

    public TemplateExpression(string text, int start, string closing, TemplateContext context, bool active)
    {
        _text = text;
        _position = start;
        _closing = closing;
        _context = context;
        IsActive = active;
    }

    /// <summary>Values are looked up; else the expression is only read.</summary>
    public bool IsActive { get; set; }

    /// <summary>Where the closing mark of the tag starts, once it was reached.</summary>
    public int End { get; private set; } = -1;

    /// <summary><c>-</c> or <c>+</c> before the closing mark.</summary>
    public char ClosingMark { get; private set; }

    /// <summary>The whole tag is one name, as almost always. Otherwise nothing is consumed.</summary>
    public bool TrySimpleName([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? name)
    {
        int saved = _position;
        SkipBlanks();
        int start = _position;
        name = ReadName();
        if (name.Length > 0 && !IsKeyword(name) && AtEnd())
        {
            return true;
        }

        _position = start < saved ? start : saved;
        name = null;
        return false;
    }

    /// <summary>The word that says what kind of block this is.</summary>
    public string ReadTag()
    {
        SkipBlanks();
        string tag = ReadName();
        return tag.Length > 0 ? tag : throw new TemplateException("Tag name expected");
    }

    /// <summary>The value of everything up to the end of the tag.</summary>
    public object? Evaluate()
    {
        object? value = Or();
        ExpectEnd();
        return value;
    }

    public void ExpectEnd()
    {
        if (!AtEnd())
        {
            throw Unexpected();
        }
    }

    public static bool IsTrue(object? value) => value switch
    {
        null or UndefinedValue => false,
        bool flag => flag,
        string text => text.Length > 0,
        double number => number != 0,
        List<object?> list => list.Count > 0,
        _ => true,
    };

    public static string Show(object? value) => value switch
    {
        null => "None",
        string text => text,
        bool flag => flag ? "True" : "False",
        double number => number.ToString(CultureInfo.InvariantCulture),
        List<object?> list => "[" + string.Join(", ", list.ConvertAll(static v => v is string s ? $"'{s}'" : Show(v))) + "]",
        UndefinedValue undefined => "${" + undefined.Name + "}",
        _ => "",
    };

    private static bool IsKeyword(string name) =>
        name is "and" or "or" or "not" or "in" or "is" or "true" or "True" or "false" or "False" or "none" or "None";

    private object? Or()
    {
        if (++_depth > MaxDepth)
        {
            throw new TemplateException("expression nested too deeply");
        }

        object? left = And();
        while (TryWord("or"))
        {
            left = ShortCircuit(left, when: true, And);
        }

        _depth--;
        return left;
    }

    private object? And()
    {
        object? left = Not();
        while (TryWord("and"))
        {
            left = ShortCircuit(left, when: false, Not);
        }

        return left;
    }

    private object? ShortCircuit(object? left, bool when, Func<object?> readRight)
    {
        bool wasActive = IsActive;
        bool decided = IsTrue(left) == when;
        IsActive = wasActive && !decided;
        object? right = readRight();
        IsActive = wasActive;
        return decided ? left : right;
    }

    private object? Not()
    {
        if (!TryWord("not"))
        {
            return Comparison();
        }

        if (++_depth > MaxDepth)
        {
            throw new TemplateException("expression nested too deeply");
        }

        bool value = !IsTrue(Not());
        _depth--;
        return value;
    }

    private object? Comparison()
    {
        object? left = Concatenation(out string? missing);
        if (TryWord("is"))
        {
            return Test(left, missing);
        }

        RequireDefined(missing);
        bool chained = false;
        bool holds = true;
        while (ReadOperator() is { } op)
        {
            object? right = Concatenation(out missing);
            RequireDefined(missing);
            holds &= !IsActive || Compare(left, op, right);
            left = right;
            chained = true;
        }

        return chained ? holds : left;
    }

    private object Test(object? value, string? missing)
    {
        bool negated = TryWord("not");
        SkipBlanks();
        bool known = missing is null && value is not UndefinedValue;
        bool result = ReadName() switch
        {
            "defined" => known,
            "undefined" => !known,
            string other => throw new TemplateException($"No test named '{other}'."),
        };
        return result != negated;
    }

    private string? ReadOperator()
    {
        SkipBlanks();
        foreach (string op in (ReadOnlySpan<string>)["==", "!=", "<=", ">=", "<", ">"])
        {
            if (string.CompareOrdinal(_text, _position, op, 0, op.Length) == 0)
            {
                _position += op.Length;
                return op;
            }
        }

        if (TryWord("in"))
        {
            return "in";
        }

        int saved = _position;
        if (TryWord("not"))
        {
            if (TryWord("in"))
            {
                return "not in";
            }

            _position = saved;
        }

        return null;
    }

    private static bool Compare(object? left, string op, object? right)
    {
        switch (op)
        {
            case "==":
                return AreEqual(left, right);
            case "!=":
                return !AreEqual(left, right);
            case "in":
                return Contains(right, left);
            case "not in":
                return !Contains(right, left);
        }

        int order = (left, right) switch
        {
            (string a, string b) => Text.CodePointComparer.Instance.Compare(a, b),
            (double a, double b) => a.CompareTo(b),
            _ => throw new TemplateException($"'{op}' not supported between these values"),
        };
        return op switch
        {
            "<" => order < 0,
            ">" => order > 0,
            "<=" => order <= 0,
            _ => order >= 0,
        };
    }

    private static bool AreEqual(object? left, object? right)
    {
        if (left is not List<object?> a || right is not List<object?> b)
        {
            return Equals(left, right);
        }

        bool equal = a.Count == b.Count;
        for (int i = 0; equal && i < a.Count; i++)
        {
            equal = AreEqual(a[i], b[i]);
        }

        return equal;
    }

    private static bool Contains(object? container, object? item) => container switch
    {
        string text when item is string part => text.Contains(part, StringComparison.Ordinal),
        List<object?> list => list.Exists(entry => AreEqual(entry, item)),
        UndefinedValue => false,
        _ => throw new TemplateException("'in' needs a string or a list on its right"),
    };

    private object? Concatenation(out string? missing)
    {
        object? left = Primary(out missing);
        while (TrySymbol('~'))
        {
            RequireDefined(missing);
            object? right = Primary(out missing);
            RequireDefined(missing);
            left = Show(left) + Show(right);
        }

        return left;
    }

    private void RequireDefined(string? missing)
    {
        if (missing is not null && IsActive)
        {
            throw new TemplateException($"'{missing}' is undefined", isUndefined: true);
        }
    }

    private object? Primary(out string? missing)
    {
        missing = null;
        SkipBlanks();
        char c = Current;
        if (c is '"' or '\'')
        {
            return ReadString(c);
        }

        if (char.IsAsciiDigit(c))
        {
            return ReadNumber();
        }

        if (TrySymbol('('))
        {
            object? value = Or();
            return TrySymbol(',') ? ReadList(')', value) : TrySymbol(')') ? value : throw Unexpected();
        }

        if (TrySymbol('['))
        {
            return TrySymbol(']') ? new List<object?>() : ReadFirst(']');
        }

        string name = ReadName();
        switch (name)
        {
            case "true" or "True":
                return true;
            case "false" or "False":
                return false;
            case "none" or "None":
                return null;
        }

        if (name.Length == 0 || IsKeyword(name))
        {
            throw Unexpected();
        }

        if (!IsActive)
        {
            return "";
        }

        if (_context.Variable(name) is { } known)
        {
            return known;
        }

        missing = _context.KeepsUnknown ? null : name;
        return new UndefinedValue(name);
    }

    private List<object?> ReadFirst(char close)
    {
        object? first = Or();
        return TrySymbol(',') ? ReadList(close, first) : TrySymbol(close) ? [first] : throw Unexpected();
    }

    private List<object?> ReadList(char close, object? first)
    {
        List<object?> list = [first];
        while (!TrySymbol(close))
        {
            list.Add(Or());
            if (!TrySymbol(','))
            {
                return TrySymbol(close) ? list : throw Unexpected();
            }
        }

        return list;
    }

    private string ReadString(char quote)
    {
        var text = new System.Text.StringBuilder();
        for (_position++; _position < _text.Length; _position++)
        {
            char c = _text[_position];
            if (c == quote)
            {
                _position++;
                return text.ToString();
            }

            if (c == '\\' && _position + 1 < _text.Length)
            {
                c = _text[++_position] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    char other => other,
                };
            }

            text.Append(c);
        }

        throw new TemplateException("unexpected end of string");
    }

    private double ReadNumber()
    {
        int start = _position;
        while (char.IsAsciiDigit(Current) || (Current == '.' && _position + 1 < _text.Length && char.IsAsciiDigit(_text[_position + 1])))
        {
            _position++;
        }

        return double.TryParse(_text.AsSpan(start, _position - start), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw Unexpected();
    }

    private char Current => _position < _text.Length ? _text[_position] : '\0';

    private string ReadName()
    {
        int start = _position;
        if (char.IsLetter(Current) || Current == '_')
        {
            while (char.IsLetterOrDigit(Current) || Current == '_')
            {
                _position++;
            }
        }

        return _text[start.._position];
    }

    private bool TryWord(string word)
    {
        SkipBlanks();
        int saved = _position;
        if (ReadName() == word)
        {
            return true;
        }

        _position = saved;
        return false;
    }

    private bool TrySymbol(char symbol)
    {
        SkipBlanks();
        if (Current != symbol)
        {
            return false;
        }

        _position++;
        return true;
    }

    private bool AtEnd()
    {
        SkipBlanks();
        int at = _position;
        char mark = Current is '-' or '+' ? Current : '\0';
        at += mark == '\0' ? 0 : 1;
        if (string.CompareOrdinal(_text, at, _closing, 0, _closing.Length) != 0)
        {
            return false;
        }

        ClosingMark = mark;
        End = at;
        return true;
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }
    }

    private TemplateException Unexpected() => new(_position >= _text.Length
        ? "unexpected end of template"
        : string.CompareOrdinal(_text, _position, _closing, 0, _closing.Length) == 0
            ? "Expected an expression, got end of tag"
            : $"unexpected '{_text[_position]}'");
}
