using System.Net.Http.Headers;
using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Providers.SignIn;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Web;

/// <summary>Requests to a service of the configuration.</summary>
internal static class WebService
{
    /// <summary>A request with key, call id and the device's headers; configured headers replace ours.</summary>
    public static HttpRequestMessage Request(ServiceConfig service, ToolServices services, string callId, Action<JsonWriter> body, string? accept = null)
    {
        HttpCall headers = new(service.BaseUrl);
        services.Identity?.Apply(headers, null);
        if (accept is not null)
        {
            headers.Set("Accept", accept);
        }

        if (Key(service, services) is string key)
        {
            headers.Set("Authorization", $"Bearer {key}");
        }

        headers.Set("X-Msh-Tool-Call-Id", callId);
        headers.Set(service.CustomHeaders);
        HttpRequestMessage request = new(HttpMethod.Post, service.BaseUrl) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(JsonWriter.Compose(body))) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach ((string name, string value) in headers.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Whether a service can be asked.</summary>
    public static bool HasKey(ServiceConfig service, ToolServices services) => Key(service, services) is not null;

    // Read for each request: whoever refreshes a sign-in writes it anew.
    private static string? Key(ServiceConfig service, ToolServices services) =>
        (service.OAuth is OAuthReference reference ? new TokenStore(reference, services.Share).Read()?.AccessToken : null)
        ?? (service.ApiKey.IsEmpty ? null : service.ApiKey.Reveal());
}
