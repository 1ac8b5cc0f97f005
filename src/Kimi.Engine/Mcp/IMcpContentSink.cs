using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>Takes the content of a result, block by block and in order.</summary>
internal interface IMcpContentSink
{
    void Text(McpResultText text);

    void Media(McpResultMedia media);
}

/// <summary>What a medium is.</summary>
internal enum McpMediaKind
{
    Image,
    Audio,
    Video,
}

/// <summary>A medium of a result: its address, the beginning of which is ours when the data are in it.</summary>
internal readonly record struct McpResultMedia(McpMediaKind Kind, string Prefix, McpResultText Rest)
{
    /// <summary>Characters of the address.</summary>
    public long Length => Prefix.Length + Rest.Length;

    public MediaPart ToPart()
    {
        string url = Prefix + Rest;
        return Kind switch
        {
            McpMediaKind.Image => new ImageUrlPart(url),
            McpMediaKind.Audio => new AudioUrlPart(url),
            _ => new VideoUrlPart(url),
        };
    }
}

/// <summary>Keeps everything.</summary>
internal sealed class McpWholeContent : IMcpContentSink
{
    public List<ContentPart> Parts { get; } = [];

    public void Text(McpResultText text) => Parts.Add(new TextPart(text.ToString()));

    public void Media(McpResultMedia media) => Parts.Add(media.ToPart());
}
