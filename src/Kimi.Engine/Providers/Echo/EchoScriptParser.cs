using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Echo;

/// <summary>
/// Parses the line language of the offline providers: <c>kind: payload</c> lines. The whole script is parsed before anything
/// is streamed; an <c>error</c> line or a mistake fails the request.
/// </summary>
internal sealed class EchoScriptParser
{
    private readonly EchoScript _script = new();
    private int _number;
    private string _raw = "";

    /// <summary>Parses a script.</summary>
    /// <exception cref="ChatProviderException">A mistake in the script, or the error it asks for.</exception>
    public static EchoScript Parse(string script)
    {
        EchoScriptParser parser = new();
        foreach (string line in EchoLines.Split(script))
        {
            parser._number++;
            parser._raw = line;
            parser.TakeLine(EchoLines.Trim(line));
        }

        return parser._script;
    }

    private void TakeLine(string line)
    {
        if (line.Length == 0 || line[0] == '#' || line.StartsWith("```", StringComparison.Ordinal) || line.Equals("echo", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw Error($"Invalid echo DSL at line {_number}: {PythonLiteral.Quote(_raw)}");
        }

        string kind = EchoLines.Trim(line[..colon]).ToLowerInvariant();
        string payload = line[(colon + 1)..];
        if (payload.StartsWith(' '))
        {
            payload = payload[1..];
        }

        switch (kind)
        {
            case "id":
                _script.Id = EchoLines.Unquote(payload);
                break;
            case "usage":
                _script.Usage = ReadUsage(payload);
                break;
            case "text":
                _script.Parts.Add(new TextPart(EchoLines.Unquote(payload)));
                break;
            case "think":
                _script.Parts.Add(new ThinkPart(EchoLines.Unquote(payload)));
                break;
            case "image_url":
                (string url, string? id) = ReadMedia(kind, payload);
                _script.Parts.Add(new ImageUrlPart(url, id));
                break;
            case "audio_url":
                (url, id) = ReadMedia(kind, payload);
                _script.Parts.Add(new AudioUrlPart(url, id));
                break;
            case "video_url":
                (url, id) = ReadMedia(kind, payload);
                _script.Parts.Add(new VideoUrlPart(url, id));
                break;
            case "tool_call":
                _script.Parts.Add(ReadToolCall(payload));
                break;
            case "tool_call_part":
                _script.Parts.Add(new ToolCallPart(ReadToolCallPart(payload)));
                break;
            case "error":
                throw ReadError(payload);
            default:
                throw Error($"Unknown echo DSL kind '{kind}' at line {_number}: {PythonLiteral.Quote(_raw)}");
        }
    }

    private static TokenUsage ReadUsage(string payload)
    {
        Dictionary<string, JsonElement> fields = ReadMapping("usage", payload);
        return new TokenUsage(Field("input_other"), Field("output"), Field("input_cache_read"), Field("input_cache_creation"));

        long Field(string name)
        {
            if (!fields.TryGetValue(name, out JsonElement value))
            {
                return 0;
            }

            switch (value.ValueKind)
            {
                case JsonValueKind.Number:
                    return value.TryGetInt64(out long whole) ? whole : (long)value.GetDouble();
                case JsonValueKind.String when long.TryParse(EchoLines.Trim(value.ReadString()), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed):
                    return parsed;
                case JsonValueKind.True:
                    return 1;
                case JsonValueKind.False:
                    return 0;
                default:
                    throw Error($"Usage field '{name}' must be an integer, got {Repr(value)}");
            }
        }
    }

    private static (string Url, string? Id) ReadMedia(string kind, string payload)
    {
        JsonElement value = EchoLines.ReadValue(payload);
        if (value.ValueKind == JsonValueKind.String)
        {
            return (value.ReadString(), null);
        }

        if (value.ValueKind == JsonValueKind.Object)
        {
            string url = value.StringOrNull("url")
                ?? throw Error($"{kind} requires a string url, got {(value.TryGetProperty("url", out JsonElement other) ? Repr(other) : "None")}");
            return (url, value.StringOrNull("id"));
        }

        throw Error($"{kind} expects url string or object, got {Repr(value)}");
    }

    private ToolCall ReadToolCall(string payload)
    {
        Dictionary<string, JsonElement> fields = ReadMapping("tool_call", payload);
        JsonElement function = fields.TryGetValue("function", out JsonElement nested) && nested.ValueKind == JsonValueKind.Object ? nested : default;
        string? id = fields.TryGetValue("id", out JsonElement idValue) && idValue.ValueKind == JsonValueKind.String ? idValue.ReadString() : null;
        string? name = Pick("name") is { ValueKind: JsonValueKind.String } nameValue ? nameValue.ReadString() : null;
        if (string.IsNullOrEmpty(id) || string.IsNullOrEmpty(name))
        {
            throw Error($"tool_call requires string id and name at line {_number}: {PythonLiteral.Quote(_raw)}");
        }

        string? arguments = null;
        if (Pick("arguments") is JsonElement value && value.ValueKind != JsonValueKind.Null)
        {
            arguments = value.ValueKind == JsonValueKind.String
                ? value.ReadString()
                : throw Error($"tool_call.arguments must be a string at line {_number}, got {TypeName(value)}");
        }

        JsonElement? extras = fields.TryGetValue("extras", out JsonElement extra) && extra.ValueKind == JsonValueKind.Object ? extra : null;
        return new ToolCall(id, name, arguments, extras);

        JsonElement? Pick(string member) =>
            fields.TryGetValue(member, out JsonElement direct) && direct.ValueKind != JsonValueKind.Null ? direct
            : function.ValueKind == JsonValueKind.Object && function.TryGetProperty(member, out JsonElement inner) ? inner
            : null;
    }

    private static string? ReadToolCallPart(string payload)
    {
        JsonElement value = EchoLines.ReadValue(payload);
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("arguments_part", out JsonElement part))
        {
            value = part;
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            return null;
        }

        string? text = value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => value.ReadString(),
            JsonValueKind.Object or JsonValueKind.Array => JsonWriter.Compose(writer => writer.Element(value)),
            _ => PythonLiteral.Display(value),
        };
        return string.IsNullOrEmpty(text) ? null : text;
    }

    private ChatProviderException ReadError(string payload)
    {
        string text = EchoLines.Trim(payload);
        if (text.Length == 0)
        {
            return Error($"Empty error payload at line {_number}: {PythonLiteral.Quote(_raw)}");
        }

        int blank = text.AsSpan().IndexOfAny(' ', '\t');
        string word = blank < 0 ? text : text[..blank];
        string message = blank < 0 ? "" : EchoLines.Trim(text[blank..]);
        switch (word.ToLowerInvariant())
        {
            case "connection":
                return Error(message.Length > 0 ? message : "Simulated connection error", ProviderErrorKind.Connection);
            case "timeout":
                return Error(message.Length > 0 ? message : "Simulated timeout error", ProviderErrorKind.Timeout);
        }

        return int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int status)
            ? ChatProviderException.Status(status, message.Length > 0 ? message : $"Simulated {status} error")
            : Error($"Invalid error spec at line {_number}: expected status code or 'connection'/'timeout', got {PythonLiteral.Quote(word)}");
    }

    private static Dictionary<string, JsonElement> ReadMapping(string kind, string payload)
    {
        string text = EchoLines.Trim(payload);
        if (text.Length == 0)
        {
            throw Error($"{kind} payload cannot be empty.");
        }

        Dictionary<string, JsonElement> fields = new(StringComparer.Ordinal);
        if (LenientJson.TryParse(text, out JsonElement value))
        {
            if (value.ValueKind != JsonValueKind.Object)
            {
                throw Error($"{kind} payload must be an object, got {Repr(value)}");
            }

            foreach (JsonProperty member in value.EnumerateObject())
            {
                fields[member.Name] = member.Value;
            }

            return fields;
        }

        foreach (string token in text.Replace(',', ' ').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = token.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                throw Error($"Invalid token {PythonLiteral.Quote(token)} in {kind} payload.");
            }

            fields[token[..equals].Trim()] = EchoLines.ReadValue(token[(equals + 1)..]);
        }

        return fields;
    }

    private static string Repr(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? PythonLiteral.Quote(value.ReadString()) : PythonLiteral.Display(value);

    private static string TypeName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "dict",
        JsonValueKind.Array => "list",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Number => value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "int" : "float",
        _ => "str",
    };

    private static ChatProviderException Error(string message, ProviderErrorKind kind = ProviderErrorKind.Other) => new(message, kind);
}
