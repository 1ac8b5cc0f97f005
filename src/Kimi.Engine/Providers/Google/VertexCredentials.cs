using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Google;

/// <summary>
/// Tokens for Vertex AI, found as Google's own libraries find them: the file that <c>GOOGLE_APPLICATION_CREDENTIALS</c> names
/// (a service account or a user), the file that gcloud leaves, the metadata server of a machine in the cloud.
/// </summary>
internal sealed class VertexCredentials(EnvironmentSource environment, string home)
{
    private const string Scope = "https://www.googleapis.com/auth/cloud-platform";
    private const string TokenUrl = "https://oauth2.googleapis.com/token";
    private JsonElement? _file;
    private bool _looked;
    private string? _project;
    private string? _token;
    private DateTimeOffset _expires;

    /// <summary>The part of the address that names project and place; empty with a key and without a project.</summary>
    public async Task<string> FindResourceAsync(GoogleOptions options, CancellationToken cancellationToken)
    {
        string? project = environment["GOOGLE_CLOUD_PROJECT"];
        if (project is null && options.Credential.Key.Length > 0)
        {
            return "";
        }

        project ??= _project ??= File()?.StringOrNull("project_id") ?? File()?.StringOrNull("quota_project_id")
            ?? await FetchMetadataAsync(options.Transport, "project/project-id", cancellationToken).ConfigureAwait(false);
        return $"projects/{project}/locations/{environment["GOOGLE_CLOUD_LOCATION"] ?? environment["GOOGLE_CLOUD_REGION"] ?? "global"}/";
    }

    /// <summary>A token that holds for at least another minute.</summary>
    public async Task<string> GetTokenAsync(HttpTransport transport, CancellationToken cancellationToken)
    {
        if (_token is not string token || transport.Time.GetUtcNow() >= _expires)
        {
            JsonElement answer = File() is JsonElement file
                ? await ExchangeAsync(transport, file, cancellationToken).ConfigureAwait(false)
                : Parse(await FetchMetadataAsync(transport, "instance/service-accounts/default/token", cancellationToken).ConfigureAwait(false));
            token = answer.StringOrNull("access_token") ?? throw new ChatProviderException("Google gave no access token.");
            _expires = transport.Time.GetUtcNow().AddSeconds(answer.LongOr("expires_in", 3600) - 60);
            _token = token;
        }

        return token;
    }

    private JsonElement? File()
    {
        if (!_looked)
        {
            _looked = true;
            string? named = environment["GOOGLE_APPLICATION_CREDENTIALS"];
            string path = named ?? Path.Combine(
                OperatingSystem.IsWindows() ? environment["APPDATA"] ?? home : Path.Combine(home, ".config"), "gcloud", "application_default_credentials.json");
            if (System.IO.File.Exists(path))
            {
                _file = Parse(System.IO.File.ReadAllText(path));
            }
            else if (named is not null)
            {
                throw new ChatProviderException($"The file of GOOGLE_APPLICATION_CREDENTIALS does not exist: {named}");
            }
        }

        return _file;
    }

    private static Task<JsonElement> ExchangeAsync(HttpTransport transport, JsonElement file, CancellationToken cancellationToken)
    {
        switch (file.StringOrNull("type"))
        {
            case "service_account":
                return PostAsync(transport, file.StringOrNull("token_uri") ?? TokenUrl,
                    $"grant_type={Uri.EscapeDataString("urn:ietf:params:oauth:grant-type:jwt-bearer")}&assertion={Sign(transport, file)}", cancellationToken);
            case "authorized_user":
                return PostAsync(transport, file.StringOrNull("token_uri") ?? TokenUrl,
                    $"grant_type=refresh_token&client_id={Escape(file, "client_id")}&client_secret={Escape(file, "client_secret")}&refresh_token={Escape(file, "refresh_token")}", cancellationToken);
            case var other:
                throw new ChatProviderException($"Google credentials of type '{other}' are not supported; use a service account, gcloud's user credentials or a machine in the cloud.");
        }

        static string Escape(JsonElement file, string name) => Uri.EscapeDataString(file.StringOrNull(name) ?? "");
    }

    private static string Sign(HttpTransport transport, JsonElement file)
    {
        long now = transport.Time.GetUtcNow().ToUnixTimeSeconds();
        string header = JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            writer.Member("alg"u8, "RS256");
            writer.Member("typ"u8, "JWT");
            if (file.StringOrNull("private_key_id") is string key)
            {
                writer.Member("kid"u8, key);
            }

            writer.EndObject();
        });
        string claims = JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            writer.Member("iss"u8, file.StringOrNull("client_email"));
            writer.Member("scope"u8, Scope);
            writer.Member("aud"u8, file.StringOrNull("token_uri") ?? TokenUrl);
            writer.Member("iat"u8, now);
            writer.Member("exp"u8, now + 3600);
            writer.EndObject();
        });
        string signed = Encode(Encoding.UTF8.GetBytes(header)) + "." + Encode(Encoding.UTF8.GetBytes(claims));
        try
        {
            using RSA rsa = RSA.Create();
            rsa.ImportFromPem(file.StringOrNull("private_key") ?? "");
            return signed + "." + Encode(rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new ChatProviderException("The private key of the service account cannot be read.");
        }
    }

    private static string Encode(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    private static async Task<JsonElement> PostAsync(HttpTransport transport, string url, string form, CancellationToken cancellationToken)
    {
        RequestSegments body = new();
        body.Add(form);
        HttpCall call = new(url) { Body = body, ContentType = "application/x-www-form-urlencoded", SendsRetryCount = false, DescribeStatus = GoogleProvider.DescribeStatus };
        using HttpResponseMessage response = await transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Parse(await transport.ReadTextAsync(response, cancellationToken).ConfigureAwait(false));
    }

    private async Task<string> FetchMetadataAsync(HttpTransport transport, string path, CancellationToken cancellationToken)
    {
        string host = environment["GCE_METADATA_HOST"] ?? "metadata.google.internal";
        HttpCall call = new($"http://{host}/computeMetadata/v1/{path}") { Method = HttpMethod.Get, SendsRetryCount = false, Retries = 0 };
        call.Set("Metadata-Flavor", "Google");
        try
        {
            using HttpResponseMessage response = await transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
            return (await transport.ReadTextAsync(response, cancellationToken).ConfigureAwait(false)).Trim();
        }
        catch (ChatProviderException e)
        {
            throw new ChatProviderException(
                "No Google credentials: set GOOGLE_APPLICATION_CREDENTIALS and GOOGLE_CLOUD_PROJECT, run gcloud auth application-default login, or give an api_key.", e.Kind, e);
        }
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return LenientJson.Parse(text);
        }
        catch (JsonException e)
        {
            throw new ChatProviderException("Google credentials are not valid JSON.", ProviderErrorKind.Other, e);
        }
    }
}
