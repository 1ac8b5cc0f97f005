using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers;

/// <summary>What a test of a provider found.</summary>
/// <param name="Succeeded">Whether a request was answered.</param>
/// <param name="Message">One sentence for people: the answer's beginning, or what is wrong and what to do.</param>
/// <param name="Elapsed">How long it took.</param>
public sealed record ProbeResult(bool Succeeded, string Message, TimeSpan Elapsed);

/// <summary>Looks at a provider from outside a session: what models it offers, and whether a small request gets through.</summary>
public sealed class ProviderProbe(ProviderContext context)
{
    private readonly HttpTransport _transport = context.Transport ?? HttpTransport.Shared;

    /// <summary>Lists the ids of the models that an endpoint offers, in its order.</summary>
    /// <exception cref="ChatProviderException">They cannot be listed; the text says why in one sentence.</exception>
    public async Task<IReadOnlyList<string>> ListModelsAsync(ProviderConfig provider, CancellationToken cancellationToken)
    {
        string path = provider.Type switch
        {
            ProviderType.Anthropic => "/v1/models?limit=1000",
            ProviderType.Gemini or ProviderType.GoogleGenAI => "/v1beta/models?pageSize=1000",
            ProviderType.Kimi or ProviderType.OpenAILegacy or ProviderType.OpenAIResponses or ProviderType.Chaos => "/models",
            _ => throw new ChatProviderException("This type of provider cannot list its models."),
        };
        HttpCall call = new(HttpCall.Join(provider.BaseUrl, path)) { Method = HttpMethod.Get, Retries = 0 };
        SetHeaders(call, provider);
        try
        {
            using HttpResponseMessage response = await _transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
            return ReadModels(await _transport.ReadTextAsync(response, cancellationToken).ConfigureAwait(false));
        }
        catch (ChatProviderException e)
        {
            throw new ChatProviderException(Explain(e, provider, null), e.Kind, e) { StatusCode = e.StatusCode };
        }
    }

    /// <summary>Sends one small request; never throws for what the endpoint does.</summary>
    public async Task<ProbeResult> TestAsync(ResolvedModel model, CancellationToken cancellationToken)
    {
        long start = _transport.Time.GetTimestamp();
        try
        {
            IChatProvider? provider = ProviderFactory.Create(model with { Thinking = ThinkingChoice.Untouched }, context);
            if (provider is null)
            {
                return Result(false, "No base_url or no model is configured.");
            }

            ChatRequest request = new()
            {
                SystemPrompt = "",
                Tools = [],
                History = [new Message(Role.User, "Reply with the single word: ok")],
                MaxCompletionTokens = provider.UsesCompletionBudget ? 256 : null,
            };
            ChatAnswer answer = await provider.GenerateAsync(request, cancellationToken).ConfigureAwait(false);
            await using (answer.ConfigureAwait(false))
            {
                string text = "";
                bool any = false;
                await foreach (StreamPart part in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    any = true;
                    text += (part as TextPart)?.Text;
                }

                return any
                    ? Result(true, $"{model.Model.Model} answered: {CodePoints.Take(text.Trim().ReplaceLineEndings(" "), 80)}")
                    : Result(false, "The endpoint answered with status 200 but without a message: the base URL probably points to a web page and not to the API.");
            }
        }
        catch (ChatProviderException e)
        {
            return Result(false, Explain(e, model.Provider, model.Model.Model));
        }

        ProbeResult Result(bool succeeded, string message) => new(succeeded, message, _transport.Time.GetElapsedTime(start));
    }

    /// <summary>What an error of a provider means, in one sentence.</summary>
    internal static string Explain(ChatProviderException error, ProviderConfig provider, string? model)
    {
        string host = Uri.TryCreate(provider.BaseUrl, UriKind.Absolute, out Uri? uri) ? uri.Authority : provider.BaseUrl;
        if (error.Kind == ProviderErrorKind.Timeout)
        {
            return $"{host} did not answer in time.";
        }

        if (error.Kind == ProviderErrorKind.Connection)
        {
            return ExplainConnection(error, host, provider.BaseUrl);
        }

        string said = Shorten(error.Message);
        return error.StatusCode switch
        {
            401 => $"{host} refused the key (401): check api_key. It said: {said}",
            403 => $"{host} does not allow this key to do that (403): {said}",
            404 when model is not null && error.Message.Contains("model", StringComparison.OrdinalIgnoreCase) => $"{host} has no model '{model}' (404): {said}",
            404 or 405 => $"There is no such API at {provider.BaseUrl} ({error.StatusCode}): check the path of base_url{(provider.Type is ProviderType.Anthropic or ProviderType.Gemini or ProviderType.GoogleGenAI ? " (without /v1)" : " (usually it ends with /v1)")}.",
            400 when model is not null && error.Message.Contains("model", StringComparison.OrdinalIgnoreCase) => $"{host} does not accept the model '{model}' (400): {said}",
            407 => "The proxy wants a sign-in (407).",
            429 => $"{host} limits the rate, or the account has no credit (429): {said}",
            >= 500 => $"{host} has a problem of its own ({error.StatusCode}): {said}",
            int status => $"{host} refused the request ({status}): {said}",
            null => said,
        };
    }

    private static string ExplainConnection(Exception error, string host, string baseUrl)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case UriFormatException:
                    return $"base_url '{baseUrl}' is no http or https address.";
                case AuthenticationException:
                    return $"The TLS connection to {host} failed: {Shorten(cause.Message)}";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return $"The name of {host} is unknown (DNS): check base_url and the network.";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused }:
                    return $"Nothing listens at {host}: the connection was refused.";
                case SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }:
                    return $"There is no way to {host} in the network.";
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return $"The proxy did not let the request to {host} through.";
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } when cause.InnerException is null or IOException:
                    return $"{host} speaks no TLS: use http:// or another port.";
            }
        }

        return $"The connection to {host} broke before an answer came.";
    }

    private static string Shorten(string text) => CodePoints.Take(text.ReplaceLineEndings(" ").Trim(), 300);

    private static List<string> ReadModels(string text)
    {
        if (!LenientJson.TryParse(text, out JsonElement answer)
            || !(answer.TryMember("data", out JsonElement list) || answer.TryMember("models", out list)) || list.ValueKind != JsonValueKind.Array)
        {
            throw new ChatProviderException("The endpoint answered, but not with a list of models: the base URL probably points to a web page and not to the API.");
        }

        List<string> ids = [];
        foreach (JsonElement model in list.EnumerateArray())
        {
            string? id = model.StringOrNull("id") ?? model.StringOrNull("name");
            if (id is not null)
            {
                ids.Add(id.StartsWith("models/", StringComparison.Ordinal) ? id["models/".Length..] : id);
            }
        }

        return ids;
    }

    private void SetHeaders(HttpCall call, ProviderConfig provider)
    {
        string key = context.CredentialFor(provider).Key;
        switch (provider.Type)
        {
            case ProviderType.Anthropic:
                call.Set("anthropic-version", "2023-06-01");
                SetKey("x-api-key", key);
                break;
            case ProviderType.Gemini or ProviderType.GoogleGenAI:
                SetKey("x-goog-api-key", key);
                break;
            default:
                SetKey("Authorization", "Bearer " + key);
                break;
        }

        if (provider.Type is ProviderType.Kimi or ProviderType.Chaos)
        {
            context.Identity.Apply(call, provider.CustomHeaders);
        }
        else
        {
            call.Set("User-Agent", context.Identity.UserAgent);
            call.Set(provider.CustomHeaders);
        }

        void SetKey(string name, string value)
        {
            if (key.Length > 0)
            {
                call.Set(name, value);
            }
        }
    }
}
