using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>What a server answered to a call. Parts and values are made when first asked for.</summary>
public sealed class McpCallResult
{
    private readonly McpAnswer? _answer;
    private readonly JsonElement? _structured;
    private IReadOnlyList<ContentPart>? _parts;

    /// <summary>Makes a result.</summary>
    /// <param name="parts">Its content, in order.</param>
    /// <param name="isError">Whether it is an error.</param>
    /// <param name="structuredContent">The same as a value, if there is one.</param>
    public McpCallResult(IReadOnlyList<ContentPart> parts, bool isError, JsonElement? structuredContent)
    {
        _parts = parts;
        IsError = isError;
        _structured = structuredContent;
    }

    internal McpCallResult(McpAnswer answer)
    {
        _answer = answer;
        IsError = answer.IsError;
    }

    /// <summary>Its content, in order.</summary>
    public IReadOnlyList<ContentPart> Parts => _parts ??= WholeContent();

    /// <summary>Whether the server calls it an error.</summary>
    public bool IsError { get; }

    /// <summary>The same as a value, if the server gave one.</summary>
    public JsonElement? StructuredContent => _answer is null ? _structured : _answer.Structured;

    /// <summary>The result as the server sent it; undefined when there was no server.</summary>
    public JsonElement Raw => _answer?.Raw ?? default;

    /// <summary>Gives the content to a sink, without making all of it.</summary>
    /// <param name="sink">Takes it.</param>
    /// <param name="withStructured">Whether the value stands for content that is not there.</param>
    internal void Walk(IMcpContentSink sink, bool withStructured)
    {
        if (_answer is not null)
        {
            _answer.Walk(sink, withStructured);
            return;
        }

        foreach (ContentPart part in _parts!)
        {
            switch (part)
            {
                case TextPart text:
                    sink.Text(new McpResultText(text.Text));
                    break;
                case MediaPart media:
                    McpMediaKind kind = media switch { ImageUrlPart => McpMediaKind.Image, AudioUrlPart => McpMediaKind.Audio, _ => McpMediaKind.Video };
                    sink.Media(new McpResultMedia(kind, "", new McpResultText(media.Url)));
                    break;
                default:
                    break;
            }
        }

        if (_parts.Count == 0 && withStructured && _structured is JsonElement value)
        {
            sink.Text(new McpResultText(JsonWriter.Compose(writer => writer.Element(value))));
        }
    }

    private List<ContentPart> WholeContent()
    {
        var whole = new McpWholeContent();
        _answer!.Walk(whole, withStructured: false);
        return whole.Parts;
    }
}
