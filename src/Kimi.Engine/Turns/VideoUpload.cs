using Kimi.Engine.Chat;
using Kimi.Engine.Providers;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns;

/// <summary>The file service of the session's provider, for the tool that reads media.</summary>
internal sealed class VideoUpload(IVideoUploader uploader) : IVideoUpload
{
    /// <inheritdoc/>
    public Task<VideoUrlPart> UploadAsync(ReadOnlyMemory<byte> data, string mimeType, CancellationToken cancellationToken) =>
        uploader.UploadVideoAsync(data, mimeType, cancellationToken);
}
