using Kimi.Engine.Chat;
using Kimi.Engine.Providers.SignIn;

namespace Kimi.Engine.Providers;

/// <summary>A provider with a file service for films. All others get films inline.</summary>
public interface IVideoUploader
{
    /// <summary>Uploads a film; returns the part that refers to it.</summary>
    /// <exception cref="ChatProviderException">It failed, or it is no film.</exception>
    Task<VideoUrlPart> UploadVideoAsync(ReadOnlyMemory<byte> data, string mimeType, CancellationToken cancellationToken);

    /// <summary>The file service of a provider; null when it has none.</summary>
    static IVideoUploader? Of(IChatProvider? provider) => provider switch
    {
        IVideoUploader uploader => uploader,
        SignedInProvider signedIn => Of(signedIn.Inner),
        _ => null,
    };
}
