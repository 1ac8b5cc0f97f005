using System.Buffers;
using System.Text.Json;

namespace Kimi.Engine.Mcp;

/// <summary>
/// The result of a call as the server sent it. Its content is walked where it lies; nothing is converted before it is asked
/// for, and nothing in it makes it fail: what is unknown or incomplete becomes a text that says so.
/// </summary>
internal sealed class McpAnswer
{
    private const string DefaultMime = "application/octet-stream";

    private readonly ReadOnlySequence<byte> _result;
    private readonly ReadOnlySequence<byte> _content;
    private readonly ReadOnlySequence<byte> _structured;

    /// <summary>Takes a result.</summary>
    /// <param name="result">One JSON object.</param>
    public McpAnswer(ReadOnlySequence<byte> result)
    {
        _result = result;
        var reader = new Utf8JsonReader(result, s_options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                bool isArray = reader.TokenType == JsonTokenType.StartArray;
                ReadOnlySequence<byte> value = Skip(ref reader, result);
                _content = isArray ? value : default;
            }
            else if (reader.ValueTextEquals("structuredContent"u8))
            {
                reader.Read();
                bool isNull = reader.TokenType == JsonTokenType.Null;
                ReadOnlySequence<byte> value = Skip(ref reader, result);
                _structured = isNull ? default : value;
            }
            else if (reader.ValueTextEquals("isError"u8))
            {
                reader.Read();
                IsError = reader.TokenType == JsonTokenType.True;
                reader.Skip();
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 1000 };

    /// <summary>Whether the server calls it an error.</summary>
    public bool IsError { get; }

    /// <summary>The value beside the content; null when there is none.</summary>
    public JsonElement? Structured => _structured.IsEmpty ? null : Parse(_structured);

    /// <summary>All of it.</summary>
    public JsonElement Raw => Parse(_result);

    /// <summary>Gives the content to a sink.</summary>
    /// <param name="sink">Takes the blocks.</param>
    /// <param name="withStructured">Whether the value stands for content that is not there.</param>
    public void Walk(IMcpContentSink sink, bool withStructured)
    {
        bool isEmpty = true;
        if (!_content.IsEmpty)
        {
            var reader = new Utf8JsonReader(_content, s_options);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                isEmpty = false;
                var block = new Block();
                block.Read(ref reader);
                block.Give(sink);
            }
        }

        if (isEmpty && withStructured && !_structured.IsEmpty)
        {
            sink.Text(McpResultText.OfValue(_structured));
        }
    }

    private static ReadOnlySequence<byte> Skip(ref Utf8JsonReader reader, in ReadOnlySequence<byte> all)
    {
        long start = reader.TokenStartIndex;
        reader.Skip();
        return all.Slice(start, reader.BytesConsumed - start);
    }

    private static JsonElement Parse(ReadOnlySequence<byte> json) => JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 1000 }).RootElement;

    private enum Member
    {
        Other,
        Type,
        Text,
        Data,
        Mime,
        Uri,
    }

    /// <summary>A block of content: the members that mean something, in whatever order they come.</summary>
    private struct Block
    {
        private string? _type;
        private string? _mime;
        private McpResultText? _text;
        private McpResultText? _data;
        private McpResultText? _uri;
        private bool _isResource;

        /// <summary>Reads the value the reader stands on; what is no object has no type.</summary>
        public void Read(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                return;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!_isResource && reader.ValueTextEquals("resource"u8))
                {
                    reader.Read();
                    _isResource = true;
                    Read(ref reader);
                    _isResource = false;
                    continue;
                }

                Member member = MemberOf(ref reader);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String)
                {
                    Set(member, ref reader);
                }

                reader.Skip();
            }
        }

        public readonly void Give(IMcpContentSink sink)
        {
            switch (_type)
            {
                case "text" when _text is { } text:
                    sink.Text(text);
                    break;
                case "image" or "audio" when _data is { } data && _mime is not null:
                    sink.Media(new McpResultMedia(_type == "image" ? McpMediaKind.Image : McpMediaKind.Audio, $"data:{_mime};base64,", data));
                    break;
                case "resource" when _text is { } text:
                    sink.Text(text);
                    break;
                case "resource" when _data is { } data:
                    Media(sink, mime => $"data:{mime};base64,", data);
                    break;
                case "resource_link" when _uri is { } uri:
                    Media(sink, static _ => "", uri);
                    break;
                case "text" or "image" or "audio" or "resource" or "resource_link":
                    Unsupported(sink, $"Unsupported MCP tool result part: incomplete {_type}");
                    break;
                default:
                    Unsupported(sink, $"Unsupported MCP tool result part: {McpText.OneLine(_type ?? "no type", 100)}");
                    break;
            }
        }

        private static Member MemberOf(ref Utf8JsonReader reader) =>
            reader.ValueTextEquals("text"u8) ? Member.Text
            : reader.ValueTextEquals("type"u8) ? Member.Type
            : reader.ValueTextEquals("data"u8) || reader.ValueTextEquals("blob"u8) ? Member.Data
            : reader.ValueTextEquals("mimeType"u8) ? Member.Mime
            : reader.ValueTextEquals("uri"u8) ? Member.Uri
            : Member.Other;

        private void Set(Member member, ref Utf8JsonReader reader)
        {
            switch (member)
            {
                case Member.Type when !_isResource:
                    _type = reader.ValueTextEquals("text"u8) ? "text" : McpResultText.Of(ref reader).ToString();
                    break;
                case Member.Mime:
                    _mime = McpResultText.Of(ref reader).ToString();
                    break;
                case Member.Text:
                    _text = McpResultText.Of(ref reader);
                    break;
                case Member.Data:
                    _data = McpResultText.Of(ref reader);
                    break;
                case Member.Uri:
                    _uri = McpResultText.Of(ref reader);
                    break;
                default:
                    break;
            }
        }

        private readonly void Media(IMcpContentSink sink, Func<string, string> prefix, McpResultText rest)
        {
            string mime = string.IsNullOrEmpty(_mime) ? DefaultMime : _mime;
            McpMediaKind? kind = mime.StartsWith("image/", StringComparison.Ordinal) ? McpMediaKind.Image
                : mime.StartsWith("audio/", StringComparison.Ordinal) ? McpMediaKind.Audio
                : mime.StartsWith("video/", StringComparison.Ordinal) ? McpMediaKind.Video
                : null;
            if (kind is { } known)
            {
                sink.Media(new McpResultMedia(known, prefix(mime), rest));
            }
            else
            {
                Unsupported(sink, $"Unsupported mime type: {McpText.OneLine(mime, 100)}");
            }
        }

        private static void Unsupported(IMcpContentSink sink, string reason) => sink.Text(new McpResultText($"[Unsupported content: {reason}]"));
    }
}
