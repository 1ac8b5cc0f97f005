using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers;

/// <summary>The access token that a sign-in of kimi-cli has left in the share directory.</summary>
internal static class StoredToken
{
    /// <summary>The token; null when there is none that can be read.</summary>
    public static string? Read(OAuthReference reference, ShareDirectory share)
    {
        string name = reference.Key[(reference.Key.LastIndexOf('/') + 1)..];
        string path = Path.Combine(share.CredentialsDirectory, name + ".json");
        try
        {
            return name.Length > 0 && name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && File.Exists(path)
                && LenientJson.Parse(File.ReadAllText(path)).StringOrNull("access_token") is { Length: > 0 } token ? token : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
