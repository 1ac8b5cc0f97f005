using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>What an authorization server gave, and to which client of it.</summary>
internal sealed record McpOAuthTokens
{
    public required string AccessToken { get; init; }

    public string TokenType { get; init; } = "Bearer";

    public string? RefreshToken { get; init; }

    public long? ExpiresIn { get; init; }

    public string? Scope { get; init; }

    public DateTimeOffset ObtainedAt { get; init; }

    public string? ClientId { get; init; }

    public string? ClientSecret { get; init; }

    public string? TokenEndpointAuthMethod { get; init; }

    public string? AuthorizationServer { get; init; }
}

/// <summary>
/// Keeps tokens of MCP servers as the reference does: one record for the tokens, one for the client registration, below
/// hashed names, readable by the owner only. Members of our own are added, none is changed.
/// </summary>
internal sealed class McpTokenStore(string directory)
{
    private const string TokenCollection = "mcp-oauth-token";
    private const string ClientCollection = "mcp-oauth-client-info";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffffzzz";

    /// <summary>Whether there is a readable token record; an unreadable store counts as none.</summary>
    public bool HasTokens(string url)
    {
        // On the way of the start: without the directory nothing is hashed or read.
        return Directory.Exists(directory) && Load(url) is { AccessToken.Length: > 0 };
    }

    /// <summary>The tokens of a server; null when there are none or they cannot be read.</summary>
    public McpOAuthTokens? Load(string url)
    {
        try
        {
            if (Read(TokenCollection, TokenKey(url)) is not (JsonElement token, DateTimeOffset created) || token.StringOrNull("access_token") is not string access)
            {
                return null;
            }

            JsonElement client = Read(ClientCollection, ClientKey(url))?.Value ?? default;
            return new McpOAuthTokens
            {
                AccessToken = access,
                TokenType = token.StringOrNull("token_type") ?? "Bearer",
                RefreshToken = token.StringOrNull("refresh_token"),
                ExpiresIn = token.TryMember("expires_in", out JsonElement expires) && expires.ValueKind == JsonValueKind.Number ? (long)expires.GetDouble() : null,
                Scope = token.StringOrNull("scope"),
                ObtainedAt = Time(token, "obtained_at") ?? created,
                ClientId = client.StringOrNull("client_id"),
                ClientSecret = client.StringOrNull("client_secret"),
                TokenEndpointAuthMethod = client.StringOrNull("token_endpoint_auth_method"),
                AuthorizationServer = client.StringOrNull("authorization_server"),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Keeps tokens.</summary>
    public void Save(string url, McpOAuthTokens tokens, string redirectUri, DateTimeOffset now)
    {
        Write(TokenCollection, TokenKey(url), now, now.AddYears(1), writer =>
        {
            writer.Member("access_token"u8, tokens.AccessToken);
            writer.Member("token_type"u8, tokens.TokenType);
            writer.Member("expires_in"u8, tokens.ExpiresIn);
            writer.Member("scope"u8, tokens.Scope);
            writer.Member("refresh_token"u8, tokens.RefreshToken);
            writer.Member("obtained_at"u8, Text(tokens.ObtainedAt));
        });
        if (tokens.ClientId is null)
        {
            return;
        }

        Write(ClientCollection, ClientKey(url), now, null, writer =>
        {
            writer.Name("redirect_uris"u8);
            writer.BeginArray();
            writer.Text(redirectUri);
            writer.EndArray();
            writer.Member("token_endpoint_auth_method"u8, tokens.TokenEndpointAuthMethod);
            writer.Member("client_name"u8, ClientName);
            writer.Member("client_id"u8, tokens.ClientId);
            writer.Member("client_secret"u8, tokens.ClientSecret);
            writer.Member("authorization_server"u8, tokens.AuthorizationServer);
        });
    }

    /// <summary>The name clients are registered under.</summary>
    public const string ClientName = "Kimi Code CLI";

    /// <summary>Forgets the tokens and the registration of a server.</summary>
    public void Clear(string url)
    {
        Delete(TokenCollection, TokenKey(url));
        Delete(ClientCollection, ClientKey(url));
    }

    private static string TokenKey(string url) => url.TrimEnd('/') + "/tokens";

    private static string ClientKey(string url) => url.TrimEnd('/') + "/client_info";

    private static string Safe(string name) =>
        name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? name
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private string FileOf(string collection, string key) => Path.Combine(directory, Safe(collection), Safe(key) + ".json");

    private (JsonElement Value, DateTimeOffset Created)? Read(string collection, string key)
    {
        string path = FileOf(collection, key);
        if (!File.Exists(path))
        {
            return null;
        }

        JsonElement record = LenientJson.Parse(File.ReadAllBytes(path));
        return record.TryMember("value", out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? (value, Time(record, "created_at") ?? DateTimeOffset.UnixEpoch)
            : null;
    }

    private void Write(string collection, string key, DateTimeOffset now, DateTimeOffset? expires, Action<JsonWriter> members)
    {
        MakePrivate(directory);
        string folder = Path.Combine(directory, Safe(collection));
        MakePrivate(folder);
        string info = folder + "-info.json";
        if (!File.Exists(info))
        {
            AtomicFile.Write(info, Compose(writer =>
            {
                writer.Member("version"u8, 1);
                writer.Member("collection"u8, collection);
                writer.Member("directory"u8, folder);
                writer.Member("created_at"u8, Text(now));
            }), secret: true);
        }

        AtomicFile.Write(FileOf(collection, key), Compose(writer =>
        {
            writer.Member("version"u8, 1);
            writer.Name("value"u8);
            writer.BeginObject();
            members(writer);
            writer.EndObject();
            writer.Member("created_at"u8, Text(now));
            if (expires is DateTimeOffset end)
            {
                writer.Member("expires_at"u8, Text(end));
            }
        }), secret: true);
    }

    private static byte[] Compose(Action<JsonWriter> members)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        members(writer);
        writer.EndObject();
        return writer.ToArray();
    }

    private void Delete(string collection, string key)
    {
        string path = FileOf(collection, key);
        if (File.Exists(path))
        {
            File.Delete(path);
        }
    }

    private static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // The profile directory is the user's own there.
            Directory.CreateDirectory(path);
            return;
        }

        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(path, OwnerOnly);
        File.SetUnixFileMode(path, OwnerOnly);
    }

    private static string Text(DateTimeOffset time) => time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(JsonElement record, string member) =>
        DateTimeOffset.TryParse(record.StringOrNull(member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time : null;
}
