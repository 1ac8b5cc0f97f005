using System.Buffers.Text;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.SignIn;

/// <summary>
/// The file in the share directory where a sign-in keeps its tokens: one JSON object with the members that OAuth 2.0 names, for
/// its owner only. Other programs use it too, so whoever renews a token holds the lock file beside it.
/// </summary>
internal sealed class TokenStore(OAuthReference reference, ShareDirectory share)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(10);

    private readonly string _name = reference.Key[(reference.Key.LastIndexOf('/') + 1)..];

    private string FilePath => Path.Combine(share.CredentialsDirectory, _name + ".json");

    /// <summary>The tokens as they are now; null when there are none that can be read.</summary>
    public StoredToken? Read()
    {
        try
        {
            return _name.Length > 0 && _name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && File.Exists(FilePath)
                ? From(LenientJson.Parse(File.ReadAllText(FilePath))) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Waits until no other program renews the tokens.</summary>
    /// <exception cref="ChatProviderException">The directory cannot be written, or another program does not let go.</exception>
    public async Task<IDisposable> LockAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        string path = Path.Combine(share.CredentialsDirectory, _name + ".lock");
        long start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
            }
            catch (IOException) when (File.Exists(path) && time.GetElapsedTime(start) < s_longestWait)
            {
                await Task.Delay(s_poll, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ChatProviderException($"The stored sign-in cannot be renewed: {e.Message}", ProviderErrorKind.Other, e);
            }
        }
    }

    /// <summary>Takes the answer of a token endpoint over into the file; members that it does not have stay.</summary>
    /// <exception cref="ChatProviderException">The file cannot be written.</exception>
    public void Write(JsonElement answer, DateTimeOffset now)
    {
        try
        {
            JsonElement known = LenientJson.Parse(File.ReadAllText(FilePath));
            JsonWriter writer = new();
            writer.BeginObject();
            foreach (JsonProperty member in known.EnumerateObject())
            {
                if (member.Name != "expires_at" && !answer.TryGetProperty(member.Name, out _))
                {
                    writer.Name(member.Name.AsSpan());
                    writer.Element(member.Value);
                }
            }

            foreach (JsonProperty member in answer.EnumerateObject())
            {
                if (member.Name != "expires_at")
                {
                    writer.Name(member.Name.AsSpan());
                    writer.Element(member.Value);
                }
            }

            if (answer.DoubleOrNull("expires_in") is double seconds)
            {
                writer.Member("expires_at"u8, now.ToUnixTimeSeconds() + (long)seconds);
            }

            writer.EndObject();
            AtomicFile.Write(FilePath, writer.WrittenSpan, secret: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ChatProviderException($"The renewed sign-in cannot be stored: {e.Message}", ProviderErrorKind.Other, e);
        }
    }

    /// <summary>The tokens of all sign-ins that a configuration points to.</summary>
    public static IEnumerable<string> SecretsOf(KimiConfig config, ShareDirectory share)
    {
        IEnumerable<OAuthReference?> references =
            [.. config.Providers.Values.Select(static provider => provider.OAuth), config.Services.MoonshotSearch?.OAuth, config.Services.MoonshotFetch?.OAuth];
        foreach (OAuthReference? reference in references)
        {
            if (reference is not null && new TokenStore(reference, share).Read() is StoredToken token)
            {
                yield return token.AccessToken;
                yield return token.RefreshToken ?? "";
            }
        }
    }

    /// <summary>The tokens in an object; null when it has no access token.</summary>
    public static StoredToken? From(JsonElement tokens)
    {
        if (tokens.ValueKind != JsonValueKind.Object || tokens.StringOrNull("access_token") is not { Length: > 0 } access)
        {
            return null;
        }

        return new StoredToken(
            access,
            tokens.StringOrNull("refresh_token") is { Length: > 0 } refresh ? refresh : null,
            tokens.DoubleOrNull("expires_at") is double seconds and > 0 and < 1e11 ? DateTimeOffset.UnixEpoch.AddSeconds(seconds) : null,
            tokens.StringOrNull("client_id") ?? ClientOf(access));
    }

    // An access token in the form of RFC 9068 names its client.
    private static string? ClientOf(string access)
    {
        string[] pieces = access.Split('.');
        if (pieces.Length != 3 || !Base64Url.IsValid(pieces[1]))
        {
            return null;
        }

        return LenientJson.TryParse(System.Text.Encoding.UTF8.GetString(Base64Url.DecodeFromChars(pieces[1])), out JsonElement claims) && claims.ValueKind == JsonValueKind.Object
            ? claims.StringOrNull("client_id") ?? claims.StringOrNull("azp") : null;
    }
}
