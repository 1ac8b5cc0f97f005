using System.Globalization;
using System.Text;

namespace Kimi.Engine.Text;

/// <summary>Writes a table as a TOML 1.0 document: plain keys first, then tables, each in the order they were added.</summary>
internal sealed class TomlWriter
{
    private readonly StringBuilder _out = new();
    private readonly List<string> _path = [];

    private TomlWriter()
    {
    }

    /// <summary>Writes a document, with <c>\n</c> as line end.</summary>
    public static string Write(TomlTable root)
    {
        var writer = new TomlWriter();
        writer.WriteBody(root);
        return writer._out.ToString();
    }

    private void WriteBody(TomlTable table)
    {
        for (int i = 0; i < table.Count; i++)
        {
            if (!HasHeader(table.ValueAt(i)))
            {
                WriteKey(table.KeyAt(i));
                _out.Append(" = ");
                WriteInline(table.ValueAt(i));
                _out.Append('\n');
            }
        }

        for (int i = 0; i < table.Count; i++)
        {
            if (!HasHeader(table.ValueAt(i)))
            {
                continue;
            }

            _path.Add(table.KeyAt(i));
            if (table.ValueAt(i) is TomlTable inner)
            {
                if (NeedsHeader(inner))
                {
                    WriteHeader("[", "]\n");
                }

                WriteBody(inner);
            }
            else
            {
                foreach (TomlValue element in (TomlArray)table.ValueAt(i))
                {
                    WriteHeader("[[", "]]\n");
                    WriteBody((TomlTable)element);
                }
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    /// <summary>A table with nothing but tables in it is named by their headers.</summary>
    private static bool NeedsHeader(TomlTable table)
    {
        for (int i = 0; i < table.Count; i++)
        {
            if (!HasHeader(table.ValueAt(i)))
            {
                return true;
            }
        }

        return table.Count == 0;
    }

    private static bool HasHeader(TomlValue value)
    {
        if (value is not TomlArray array)
        {
            return value is TomlTable;
        }

        foreach (TomlValue element in array)
        {
            if (element is not TomlTable)
            {
                return false;
            }
        }

        return array.Count > 0;
    }

    private void WriteHeader(string open, string close)
    {
        if (_out.Length > 0)
        {
            _out.Append('\n');
        }

        _out.Append(open);
        for (int i = 0; i < _path.Count; i++)
        {
            if (i > 0)
            {
                _out.Append('.');
            }

            WriteKey(_path[i]);
        }

        _out.Append(close);
    }

    private void WriteInline(TomlValue value)
    {
        switch (value)
        {
            case TomlTable table:
                WriteInlineTable(table);
                break;
            case TomlArray array:
                _out.Append('[');
                for (int i = 0; i < array.Count; i++)
                {
                    _out.Append(i > 0 ? ", " : "");
                    WriteInline(array[i]);
                }

                _out.Append(']');
                break;
            default:
                WriteScalar((TomlScalar)value);
                break;
        }
    }

    private void WriteInlineTable(TomlTable table)
    {
        _out.Append(table.Count == 0 ? "{" : "{ ");
        for (int i = 0; i < table.Count; i++)
        {
            _out.Append(i > 0 ? ", " : "");
            WriteKey(table.KeyAt(i));
            _out.Append(" = ");
            WriteInline(table.ValueAt(i));
        }

        _out.Append(table.Count == 0 ? "}" : " }");
    }

    private void WriteScalar(TomlScalar value)
    {
        switch (value.Kind)
        {
            case TomlKind.String:
                WriteString(value.Text);
                break;
            case TomlKind.Integer:
                _out.Append(value.Integer.ToString(CultureInfo.InvariantCulture));
                break;
            case TomlKind.Float:
                WriteFloat(value.Float);
                break;
            case TomlKind.Boolean:
                _out.Append(value.Boolean ? "true" : "false");
                break;
            default:
                _out.Append(value.Text);
                break;
        }
    }

    private void WriteFloat(double value)
    {
        if (double.IsNaN(value))
        {
            _out.Append("nan");
        }
        else if (double.IsInfinity(value))
        {
            _out.Append(value > 0 ? "inf" : "-inf");
        }
        else
        {
            string text = value.ToString("R", CultureInfo.InvariantCulture);
            _out.Append(text);
            if (text.AsSpan().IndexOfAny('.', 'E') < 0)
            {
                _out.Append(".0");
            }
        }
    }

    private void WriteKey(string key)
    {
        bool bare = key.Length > 0;
        foreach (char c in key)
        {
            bare &= char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
        }

        if (bare)
        {
            _out.Append(key);
        }
        else
        {
            WriteString(key);
        }
    }

    private void WriteString(string text)
    {
        _out.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"':
                    _out.Append("\\\"");
                    break;
                case '\\':
                    _out.Append("\\\\");
                    break;
                case '\n':
                    _out.Append("\\n");
                    break;
                case '\t':
                    _out.Append("\\t");
                    break;
                case '\r':
                    _out.Append("\\r");
                    break;
                case '\b':
                    _out.Append("\\b");
                    break;
                case '\f':
                    _out.Append("\\f");
                    break;
                case < ' ' or '\u007F':
                    _out.Append("\\u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
                    break;
                default:
                    _out.Append(c);
                    break;
            }
        }

        _out.Append('"');
    }
}
