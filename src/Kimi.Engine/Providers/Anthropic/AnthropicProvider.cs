using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Anthropic;

/// <summary><c>anthropic</c>: the Messages API.</summary>
internal sealed class AnthropicProvider(AnthropicOptions options, ThinkingEffort? effort = null) : IChatProvider
{
    private const int MaxTokens = 50000;
    private static readonly object s_form = new();
    private static readonly object s_lastForm = new();

    /// <inheritdoc/>
    public string Name => "anthropic";

    /// <inheritdoc/>
    public string ModelName => options.Model;

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => effort;

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        HttpCall call = new(HttpCall.Join(options.BaseUrl, "/v1/messages")) { Body = Compose(request) };
        SetHeaders(call);
        return new AnthropicAnswer(options.Transport, await options.Transport.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) =>
        new AnthropicProvider(options, effort == Providers.ThinkingEffort.Off ? effort : AnthropicThinking.Clamp(options.Model, effort));

    /// <summary>The headers of every request to this endpoint.</summary>
    internal void SetHeaders(HttpCall call)
    {
        call.Set("User-Agent", "KimiCLI/" + options.Identity.Version);
        if (options.Credential.Key.Length > 0)
        {
            call.Set("x-api-key", options.Credential.Key);
        }

        if (options.BearerToken is not null)
        {
            call.Set("Authorization", "Bearer " + options.BearerToken);
        }

        call.Set("anthropic-version", "2023-06-01");
        if (effort is null or Providers.ThinkingEffort.Off || !AnthropicThinking.IsAdaptive(options.Model))
        {
            call.Set("anthropic-beta", "interleaved-thinking-2025-05-14");
        }

        call.Set(options.CustomHeaders);
    }

    /// <summary>The body of a request.</summary>
    internal RequestSegments Compose(ChatRequest request)
    {
        RequestSegments body = new((request.History.Count * 2) + (request.Tools.Count * 2) + 8);
        body.Add($"{{\"max_tokens\":{MaxTokens},\"messages\":[");
        AddMessages(body, request.History);
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("model"u8, options.Model);
        if (options.UserId is not null)
        {
            writer.Name("metadata"u8);
            writer.BeginObject();
            writer.Member("user_id"u8, options.UserId);
            writer.EndObject();
        }

        WriteOutput(writer, request);
        writer.Member("stream"u8, true);
        if (request.SystemPrompt.Length > 0)
        {
            writer.Name("system"u8);
            writer.BeginArray();
            writer.BeginObject();
            writer.Member("text"u8, request.SystemPrompt);
            writer.Member("type"u8, "text");
            AnthropicMessages.WriteCacheControl(writer);
            writer.EndObject();
            writer.EndArray();
        }

        WriteThinking(writer);
        writer.Name("tools"u8);
        writer.BeginArray();
        byte[] middle = writer.ToArray();
        middle[0] = (byte)',';
        body.Add("]"u8.ToArray());
        body.Add(middle);
        for (int i = 0; i < request.Tools.Count; i++)
        {
            bool last = i == request.Tools.Count - 1;
            body.Add(last
                ? request.Tools[i].EncodedAs(s_lastForm, static tool => AnthropicMessages.WriteTool(tool, caches: true))
                : request.Tools[i].EncodedAs(s_form, static tool => AnthropicMessages.WriteTool(tool, caches: false)));
            if (!last)
            {
                body.AddComma();
            }
        }

        body.Add("]}"u8.ToArray());
        return body;
    }

    private static void AddMessages(RequestSegments body, IReadOnlyList<Message> history)
    {
        for (int i = 0; i < history.Count; i++)
        {
            Message message = history[i];
            bool last = i == history.Count - 1;
            if (message.Role != Role.Tool)
            {
                body.Add(last ? AnthropicMessages.Write(message, caches: true) : message.EncodedAs(s_form, static message => AnthropicMessages.Write(message, caches: false)));
            }
            else
            {
                // Neighbouring results are one user message.
                if (i == 0 || history[i - 1].Role != Role.Tool)
                {
                    body.Add("{\"role\":\"user\",\"content\":["u8.ToArray());
                }

                body.Add(last ? AnthropicMessages.WriteResult(message, caches: true) : message.EncodedAs(s_form, static message => AnthropicMessages.WriteResult(message, caches: false)));
                if (last || history[i + 1].Role != Role.Tool)
                {
                    body.Add("]}"u8.ToArray());
                }
            }

            if (!last)
            {
                body.AddComma();
            }
        }
    }

    private void WriteOutput(JsonWriter writer, ChatRequest request)
    {
        string? told = effort is ThinkingEffort chosen and not Providers.ThinkingEffort.Off
            && (AnthropicThinking.IsAdaptive(options.Model) || AnthropicThinking.TakesEffort(options.Model))
            ? AnthropicThinking.NameOf(chosen) : null;
        if (told is null && request.ResponseSchema is null)
        {
            return;
        }

        writer.Name("output_config"u8);
        writer.BeginObject();
        if (told is not null)
        {
            writer.Member("effort"u8, told);
        }

        if (request.ResponseSchema is System.Text.Json.JsonElement schema)
        {
            writer.Name("format"u8);
            writer.BeginObject();
            writer.Member("type"u8, "json_schema");
            writer.Name("schema"u8);
            writer.Element(schema);
            writer.EndObject();
        }

        writer.EndObject();
    }

    private void WriteThinking(JsonWriter writer)
    {
        if (effort is not ThinkingEffort chosen)
        {
            return;
        }

        writer.Name("thinking"u8);
        if (chosen == Providers.ThinkingEffort.Off)
        {
            writer.Raw("{\"type\":\"disabled\"}"u8);
        }
        else if (AnthropicThinking.IsAdaptive(options.Model))
        {
            writer.Raw("{\"type\":\"adaptive\",\"display\":\"summarized\"}"u8);
        }
        else
        {
            writer.BeginObject();
            writer.Member("type"u8, "enabled");
            writer.Member("budget_tokens"u8, (long)AnthropicThinking.Budget(chosen));
            writer.EndObject();
        }
    }
}
