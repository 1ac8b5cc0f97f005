using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Kimi.Engine.Text;

/// <summary>
/// Reads JSON as the reference's parser does: raw control characters inside strings are accepted, and the literals
/// <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> (read as null). <see cref="JsonDocument"/> refuses both.
/// </summary>
public static class LenientJson
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 512 };

    /// <summary>Parses a text.</summary>
    /// <exception cref="JsonException">Not JSON, even leniently; the message names line and column.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            return ParseStrict(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            string repaired = Repair(text);
            if (ReferenceEquals(repaired, text))
            {
                throw;
            }

            return ParseStrict(Encoding.UTF8.GetBytes(repaired));
        }
    }

    /// <summary>Parses UTF-8 bytes; invalid bytes are replaced by U+FFFD.</summary>
    /// <exception cref="JsonException">Not JSON, even leniently.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            return ParseStrict(WithoutInvalidBytes(utf8));
        }
        catch (JsonException)
        {
            return Parse(Encoding.UTF8.GetString(utf8.Span));
        }
    }

    /// <summary>The text with U+FFFD in the place of bytes that are no UTF-8, at which <see cref="JsonElement"/> throws. The same memory when there are none.</summary>
    public static ReadOnlyMemory<byte> WithoutInvalidBytes(ReadOnlyMemory<byte> utf8) =>
        Utf8.IsValid(utf8.Span) ? utf8 : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8.Span));

    /// <summary>Parses a text; false when it is not JSON.</summary>
    public static bool TryParse(string text, out JsonElement value)
    {
        try
        {
            value = Parse(text);
            return true;
        }
        catch (JsonException)
        {
            value = default;
            return false;
        }
    }

    /// <summary>
    /// The text with U+FFFD in the place of escaped lone surrogates, at which <see cref="JsonElement"/> throws, in the name of a
    /// member even when another one is looked for. The same memory when there are none.
    /// </summary>
    public static ReadOnlyMemory<byte> WithoutLoneSurrogates(ReadOnlyMemory<byte> utf8)
    {
        ReadOnlySpan<byte> text = utf8.Span;
        if (text.IndexOf("\\ud"u8) < 0 && text.IndexOf("\\uD"u8) < 0)
        {
            return utf8;
        }

        byte[]? changed = null;
        int i = 0;
        while (text[i..].IndexOf((byte)'\\') is >= 0 and int skip)
        {
            i += skip;
            int unit = Unit(text[i..]);
            if (unit is >= 0xD800 and <= 0xDBFF && Unit(text[(i + 6)..]) is >= 0xDC00 and <= 0xDFFF)
            {
                i += 12;
            }
            else if (unit is >= 0xD800 and <= 0xDFFF)
            {
                changed ??= utf8.ToArray();
                "fffd"u8.CopyTo(changed.AsSpan(i + 2));
                i += 6;
            }
            else
            {
                i = Math.Min(i + 2, text.Length);
            }
        }

        return changed ?? utf8;
    }

    private static int Unit(ReadOnlySpan<byte> escape) =>
        escape.StartsWith("\\u"u8) && escape.Length >= 6 && Utf8Parser.TryParse(escape.Slice(2, 4), out ushort unit, out int used, 'x') && used == 4 ? unit : -1;

    /// <summary>Undoes the escapes of a JSON string's inner text; lone surrogates become U+FFFD.</summary>
    internal static string Unescape(ReadOnlySpan<char> raw)
    {
        StringBuilder text = new(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            char c = raw[i];
            if (c == '\\' && i + 1 < raw.Length)
            {
                c = raw[++i] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\b',
                    'f' => '\f',
                    'u' when i + 4 < raw.Length => (char)ushort.Parse(raw.Slice((i += 4) - 3, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    char other => other,
                };
            }

            text.Append(c);
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                text[i] = '\uFFFD';
            }
        }

        return text.ToString();
    }

    private static JsonElement ParseStrict(ReadOnlyMemory<byte> utf8)
    {
        using JsonDocument document = JsonDocument.Parse(WithoutLoneSurrogates(utf8), s_options);
        return document.RootElement.Clone();
    }

    private static string Repair(string text)
    {
        StringBuilder? repaired = null;
        int copied = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                if (c == '\\')
                {
                    i++;
                }
                else if (c == '"')
                {
                    quoted = false;
                }
                else if (c < ' ')
                {
                    (repaired ??= new StringBuilder(text.Length + 16)).Append(text, copied, i - copied)
                        .Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    copied = i + 1;
                }
            }
            else if (c == '"')
            {
                quoted = true;
            }
            else if (c is 'N' or 'I' or '-' && SpecialLength(text.AsSpan(i)) is int length and > 0)
            {
                (repaired ??= new StringBuilder(text.Length + 16)).Append(text, copied, i - copied).Append("null");
                i += length - 1;
                copied = i + 1;
            }
        }

        return repaired is null ? text : repaired.Append(text, copied, text.Length - copied).ToString();
    }

    private static int SpecialLength(ReadOnlySpan<char> text) =>
        text.StartsWith("NaN") ? 3 : text.StartsWith("Infinity") ? 8 : text.StartsWith("-Infinity") ? 9 : 0;
}
