using System.Globalization;

namespace Kimi;

/// <summary>An image, a sound or a film that a tool answered.</summary>
public sealed class McpMedia
{
    /// <summary><c>Image</c>, <c>Audio</c> or <c>Video</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The media type, such as <c>image/png</c>; empty if it is only linked.</summary>
    public required string MimeType { get; init; }

    /// <summary>The content; null if it is only linked.</summary>
    public byte[]? Data { get; init; }

    /// <summary>Where it is; null if it came with the answer.</summary>
    public Uri? Uri { get; init; }

    /// <summary>Type and size, or the address.</summary>
    public override string ToString() =>
        Data is null ? $"{Kind}: {Uri}" : string.Create(CultureInfo.InvariantCulture, $"{MimeType}, {Data.Length} bytes");
}
