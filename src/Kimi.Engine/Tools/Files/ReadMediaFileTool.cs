using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Files;

/// <summary><c>ReadMediaFile</c>: shows an image or a film to a model that can see.</summary>
internal sealed class ReadMediaFileTool(ToolServices services) : Tool
{
    private const long MaxBytes = 100L * 1024 * 1024;

    private static readonly byte[] s_schema = """
        {"properties":{"path":{"description":"The file. A relative path starts at the working directory; outside of it the path must be absolute.","type":"string"}},"required":["path"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "ReadMediaFile",
        $"""
        Look at {Media(services.ModelCapabilities)} file, at most 100 MB. Not for text (ReadFile) or other kinds of files.

        {(services.ModelCapabilities & (ModelCapabilities.ImageIn | ModelCapabilities.VideoIn)) switch
        {
            ModelCapabilities.ImageIn => "- Films are not supported by the current model.",
            ModelCapabilities.VideoIn => "- Images are not supported by the current model.",
            _ => "- Images and films are both supported.",
        }}
        - What you make or change yourself, look at again before you go on.
        """,
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string path = read.Text("path");
        read.Check();
        if (FilePaths.Resolve(services, path, "read", out string canonical) is { } refused)
        {
            return refused;
        }

        try
        {
            HostStat stat = await services.Host.StatAsync(canonical, cancellationToken).ConfigureAwait(false);
            if (FilePaths.CheckFile(path, stat) is { } unusable)
            {
                return unusable;
            }

            Stream stream = await services.Host.OpenReadAsync(canonical, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                HeaderStream file = new(stream, FileTypes.HeaderSize);
                FileType type = FileTypes.Detect(canonical, file.Header);
                return Check(path, canonical, type, stat) ?? await LoadAsync(canonical, type, file.Rest, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (FilePaths.IsFailure(e) || e is Providers.ChatProviderException)
        {
            return ToolReturnValue.Error($"Failed to read {path}. Error: {e.Message}", "Failed to read file");
        }
    }

    private ToolReturnValue? Check(string path, string canonical, FileType type, HostStat stat)
    {
        switch (type.Kind)
        {
            case FileKind.Text:
                return ToolReturnValue.Error($"`{path}` is a text file. Use ReadFile to read text files.", "Unsupported file type");
            case FileKind.Unknown:
                return ToolReturnValue.Error(
                    $"`{path}` seems not readable as an image or video file. You may need to read it with proper shell commands or other tools if available.", "File not readable");
        }

        ModelCapabilities needed = type.Kind == FileKind.Image ? ModelCapabilities.ImageIn : ModelCapabilities.VideoIn;
        if ((services.ModelCapabilities & needed) == 0)
        {
            return ToolReturnValue.Error(
                $"The current model does not support {type.KindName} input. Tell the user to use a model with {type.KindName} input capability.", "Unsupported media type");
        }

        return stat.Size switch
        {
            0 => ToolReturnValue.Error($"`{canonical}` is empty.", "Empty file"),
            > MaxBytes => ToolReturnValue.Error(
                string.Create(CultureInfo.InvariantCulture, $"`{canonical}` is {stat.Size} bytes, which exceeds the max 100MB bytes for media files."), "File too large"),
            _ => null,
        };
    }

    private async Task<ToolReturnValue> LoadAsync(string path, FileType type, Stream stream, CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        await stream.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> data = bytes.GetBuffer().AsMemory(0, (int)bytes.Length);
        bool isImage = type.Kind == FileKind.Image;
        ContentPart medium;
        if (!isImage && services.VideoUpload is not null)
        {
            medium = await services.VideoUpload.UploadAsync(data, type.Mime, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            string url = $"data:{type.Mime};base64,{Convert.ToBase64String(data.Span)}";
            medium = isImage ? new ImageUrlPart(url) : new VideoUrlPart(url);
        }

        string size = isImage && ImageSize.Of(data.Span) is (int width, int height)
            ? string.Create(CultureInfo.InvariantCulture, $", original size {width}x{height}px")
            : "";
        return ToolReturnValue.Ok(
            [new TextPart($"<{type.KindName} path=\"{Escape(path)}\">"), medium, new TextPart($"</{type.KindName}>")],
            string.Create(CultureInfo.InvariantCulture, $"Loaded {type.KindName} file `{path}` ({type.Mime}, {data.Length} bytes{size}). ")
            + "Give places in it as relative coordinates first and work out absolute ones from the original size; if you make or change media yourself, read the result again before you go on.");
    }

    private static string Escape(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#x27;", StringComparison.Ordinal);

    private static string Media(ModelCapabilities capabilities) => (capabilities & (ModelCapabilities.ImageIn | ModelCapabilities.VideoIn)) switch
    {
        ModelCapabilities.ImageIn => "an image",
        ModelCapabilities.VideoIn => "a video",
        _ => "an image or video",
    };
}
