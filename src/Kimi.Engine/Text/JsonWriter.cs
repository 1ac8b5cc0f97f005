using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>How a <see cref="JsonWriter"/> lays out what it writes.</summary>
public enum JsonLayout
{
    /// <summary>No blanks: protocol lines, requests, message lines.</summary>
    Compact,

    /// <summary>A blank after every comma and colon: bookkeeping lines and <c>wire.jsonl</c>.</summary>
    Spaced,

    /// <summary>Two spaces a level: state files.</summary>
    Indented,
}

/// <summary>
/// Writes JSON as UTF-8 bytes into a buffer of its own. Only quotation mark, backslash and control characters are escaped,
/// as kimi-cli writes them; a lone surrogate becomes U+FFFD. <see cref="Utf8JsonWriter"/> knows neither the spaced layout
/// nor raw characters beyond the basic plane.
/// </summary>
public sealed class JsonWriter(JsonLayout layout = JsonLayout.Compact, bool escapeNonAscii = false)
{
    private static readonly SearchValues<char> s_escaped = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private byte[] _buffer = new byte[512];
    private int _length;
    private int _depth;
    private bool _first = true;
    private bool _afterName;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>What has been written; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>Number of bytes written.</summary>
    public int Length => _length;

    /// <summary>Forgets everything written and keeps the buffer, unless it has grown beyond a megabyte.</summary>
    public void Clear()
    {
        _length = 0;
        _depth = 0;
        _first = true;
        _afterName = false;
        if (_buffer.Length > 1 << 20)
        {
            _buffer = new byte[512];
        }
    }

    /// <summary>A copy of the bytes written.</summary>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(WrittenSpan);

    /// <summary>Writes with <paramref name="write"/> and returns the text.</summary>
    public static string Compose(Action<JsonWriter> write, JsonLayout layout = JsonLayout.Compact, bool escapeNonAscii = false)
    {
        JsonWriter writer = new(layout, escapeNonAscii);
        write(writer);
        return writer.ToString();
    }

    /// <summary>Starts an object.</summary>
    public void BeginObject() => Begin((byte)'{');

    /// <summary>Ends an object.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Starts an array.</summary>
    public void BeginArray() => Begin((byte)'[');

    /// <summary>Ends an array.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>Writes a member name that needs no escaping.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        Separate();
        Ensure(name.Length + 4);
        _buffer[_length++] = (byte)'"';
        name.CopyTo(_buffer.AsSpan(_length));
        _length += name.Length;
        _buffer[_length++] = (byte)'"';
        Colon();
    }

    /// <summary>Writes a member name.</summary>
    public void Name(ReadOnlySpan<char> name)
    {
        Separate();
        Quoted(name);
        Colon();
    }

    /// <summary>Writes a string, or <c>null</c>.</summary>
    public void Text(string? value)
    {
        if (value is null)
        {
            Null();
            return;
        }

        Text(value.AsSpan());
    }

    /// <summary>Writes a string.</summary>
    public void Text(ReadOnlySpan<char> value)
    {
        Separate();
        Quoted(value);
    }

    /// <summary>Writes a whole number.</summary>
    public void Number(long value)
    {
        Separate();
        Ensure(24);
        value.TryFormat(_buffer.AsSpan(_length), out int written, default, CultureInfo.InvariantCulture);
        _length += written;
    }

    /// <summary>Writes a floating-point number with a fraction or an exponent (<c>1.0</c>, <c>1e-05</c>); not finite: <c>null</c>.</summary>
    public void Number(double value)
    {
        if (!double.IsFinite(value))
        {
            Null();
            return;
        }

        Separate();
        double size = Math.Abs(value);
        string text = value.ToString(size is >= 1e15 and < 1e16 ? "F1" : "R", CultureInfo.InvariantCulture);
        if (text.AsSpan().IndexOfAny('.', 'E') < 0)
        {
            text += ".0";
        }

        Ascii(text.Replace('E', 'e'));
    }

    /// <summary>Writes a truth value.</summary>
    public void Bool(bool value) => Literal(value ? "true"u8 : "false"u8);

    /// <summary>Writes <c>null</c>.</summary>
    public void Null() => Literal("null"u8);

    /// <summary>Writes JSON text as it is; the caller answers for its validity and layout.</summary>
    public void Raw(ReadOnlySpan<byte> json) => Literal(json);

    /// <summary>Writes a parsed value in this writer's layout; numbers keep their text.</summary>
    public void Element(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                BeginObject();
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    Name(member.Name.AsSpan());
                    Element(member.Value);
                }

                EndObject();
                break;
            case JsonValueKind.Array:
                BeginArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Element(item);
                }

                EndArray();
                break;
            case JsonValueKind.String:
                Text(value.ReadString());
                break;
            case JsonValueKind.Number:
                Separate();
                Ascii(value.GetRawText());
                break;
            case JsonValueKind.True:
            case JsonValueKind.False:
                Bool(value.ValueKind == JsonValueKind.True);
                break;
            default:
                Null();
                break;
        }
    }

    /// <summary>Writes a string member, <c>null</c> included.</summary>
    public void Member(ReadOnlySpan<byte> name, string? value)
    {
        Name(name);
        Text(value);
    }

    /// <summary>Writes a truth-value member.</summary>
    public void Member(ReadOnlySpan<byte> name, bool value)
    {
        Name(name);
        Bool(value);
    }

    /// <summary>Writes a whole-number member.</summary>
    public void Member(ReadOnlySpan<byte> name, long value)
    {
        Name(name);
        Number(value);
    }

    /// <summary>Writes a whole-number member, <c>null</c> included.</summary>
    public void Member(ReadOnlySpan<byte> name, long? value)
    {
        Name(name);
        if (value is long number)
        {
            Number(number);
        }
        else
        {
            Null();
        }
    }

    /// <summary>Writes a floating-point member, <c>null</c> included.</summary>
    public void Member(ReadOnlySpan<byte> name, double? value)
    {
        Name(name);
        if (value is double number)
        {
            Number(number);
        }
        else
        {
            Null();
        }
    }

    private void Begin(byte bracket)
    {
        Separate();
        Ensure(1);
        _buffer[_length++] = bracket;
        _depth++;
        _first = true;
    }

    private void End(byte bracket)
    {
        _depth--;
        if (layout == JsonLayout.Indented && !_first)
        {
            Break();
        }

        Ensure(1);
        _buffer[_length++] = bracket;
        _first = false;
        _afterName = false;
    }

    private void Separate()
    {
        if (_afterName)
        {
            _afterName = false;
            return;
        }

        if (!_first)
        {
            Ensure(2);
            _buffer[_length++] = (byte)',';
            if (layout == JsonLayout.Spaced)
            {
                _buffer[_length++] = (byte)' ';
            }
        }

        if (_depth > 0 && layout == JsonLayout.Indented)
        {
            Break();
        }

        _first = false;
    }

    private void Break()
    {
        int blanks = _depth * 2;
        Ensure(blanks + 1);
        _buffer[_length++] = (byte)'\n';
        _buffer.AsSpan(_length, blanks).Fill((byte)' ');
        _length += blanks;
    }

    private void Colon()
    {
        Ensure(2);
        _buffer[_length++] = (byte)':';
        if (layout != JsonLayout.Compact)
        {
            _buffer[_length++] = (byte)' ';
        }

        _afterName = true;
    }

    private void Literal(ReadOnlySpan<byte> text)
    {
        Separate();
        Ensure(text.Length);
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void Ascii(string text)
    {
        Ensure(text.Length);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    private void Quoted(ReadOnlySpan<char> value)
    {
        Ensure((value.Length * 3) + 2);
        _buffer[_length++] = (byte)'"';
        while (!value.IsEmpty)
        {
            int stop = escapeNonAscii ? NextNonPlain(value) : value.IndexOfAny(s_escaped);
            ReadOnlySpan<char> plain = stop < 0 ? value : value[..stop];
            Ensure((plain.Length * 3) + 8);
            _length += Encoding.UTF8.GetBytes(plain, _buffer.AsSpan(_length));
            if (stop < 0)
            {
                break;
            }

            Escape(value[stop]);
            value = value[(stop + 1)..];
        }

        Ensure(1);
        _buffer[_length++] = (byte)'"';
    }

    private static int NextNonPlain(ReadOnlySpan<char> value)
    {
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] is < ' ' or '"' or '\\' or > '\u007f')
            {
                return i;
            }
        }

        return -1;
    }

    private void Escape(char c)
    {
        Ensure(8);
        _buffer[_length++] = (byte)'\\';
        byte letter = c switch
        {
            '"' => (byte)'"',
            '\\' => (byte)'\\',
            '\b' => (byte)'b',
            '\t' => (byte)'t',
            '\n' => (byte)'n',
            '\f' => (byte)'f',
            '\r' => (byte)'r',
            _ => (byte)'u',
        };
        _buffer[_length++] = letter;
        if (letter == 'u')
        {
            ((int)c).TryFormat(_buffer.AsSpan(_length), out int written, "x4", CultureInfo.InvariantCulture);
            _length += written;
        }
    }

    private void Ensure(int more)
    {
        if (_buffer.Length - _length < more)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + more));
        }
    }
}
