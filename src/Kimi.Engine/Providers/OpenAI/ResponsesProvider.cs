using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary><c>openai_responses</c>: OpenAI's Responses API.</summary>
internal sealed class ResponsesProvider(ChatCompletionsOptions options, ThinkingEffort? effort = null) : IChatProvider
{
    private static readonly object s_developerForm = new();
    private static readonly object s_systemForm = new();
    private readonly bool _isOpenAI = OpenAIModels.Contains(options.Model);

    /// <inheritdoc/>
    public string Name => "openai-responses";

    /// <inheritdoc/>
    public string ModelName => options.Model;

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => effort;

    private string SystemRole => _isOpenAI ? "developer" : "system";

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        HttpCall call = new(HttpCall.Join(options.BaseUrl, "/responses")) { Body = Compose(request), ReportsIds = true };
        SetHeaders(call);
        return new ResponsesAnswer(options.Transport, await options.Transport.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new ResponsesProvider(options, effort);

    /// <inheritdoc/>
    public bool TryRecover(ChatProviderException failure)
    {
        options.Transport.Reset();
        return true;
    }

    /// <summary>The headers of every request to this endpoint.</summary>
    internal void SetHeaders(HttpCall call)
    {
        options.Authorize(call);
        call.Set("User-Agent", "KimiCLI/" + options.Identity.Version);
        call.Set(options.CustomHeaders);
    }

    /// <summary>The body of a request.</summary>
    internal RequestSegments Compose(ChatRequest request)
    {
        bool thinks = effort is not (null or Providers.ThinkingEffort.Off);
        RequestSegments body = new((request.History.Count * 2) + (request.Tools.Count * 2) + 8);
        body.Add(thinks ? "{\"include\":[\"reasoning.encrypted_content\"],\"input\":["u8.ToArray() : "{\"input\":["u8.ToArray());
        bool first = true;
        if (request.SystemPrompt.Length > 0)
        {
            JsonWriter system = new();
            system.BeginObject();
            system.Member("role"u8, SystemRole);
            system.Member("content"u8, request.SystemPrompt);
            system.EndObject();
            body.Add(system);
            first = false;
        }

        foreach (Message message in request.History)
        {
            ReadOnlyMemory<byte> items = _isOpenAI
                ? message.EncodedAs(s_developerForm, static message => ResponsesItems.Write(message, "developer"))
                : message.EncodedAs(s_systemForm, static message => ResponsesItems.Write(message, "system"));
            if (items.IsEmpty)
            {
                continue;
            }

            if (!first)
            {
                body.AddComma();
            }

            first = false;
            body.Add(items);
        }

        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("model"u8, options.Model);
        if (thinks)
        {
            writer.Name("reasoning"u8);
            writer.BeginObject();
            writer.Member("effort"u8, effort switch
            {
                Providers.ThinkingEffort.Low => "low",
                Providers.ThinkingEffort.Medium => "medium",
                Providers.ThinkingEffort.High => "high",
                _ => "xhigh",
            });
            writer.Member("summary"u8, "auto");
            writer.EndObject();
        }

        writer.Member("store"u8, false);
        writer.Member("stream"u8, true);
        if (request.ResponseSchema is System.Text.Json.JsonElement schema)
        {
            writer.Name("text"u8);
            writer.BeginObject();
            writer.Name("format"u8);
            writer.BeginObject();
            writer.Member("type"u8, "json_schema");
            writer.Member("name"u8, "answer");
            writer.Name("schema"u8);
            writer.Element(schema);
            writer.EndObject();
            writer.EndObject();
        }

        writer.Name("tools"u8);
        writer.BeginArray();
        byte[] middle = writer.ToArray();
        middle[0] = (byte)',';
        body.Add("]"u8.ToArray());
        body.Add(middle);
        for (int i = 0; i < request.Tools.Count; i++)
        {
            if (i > 0)
            {
                body.AddComma();
            }

            body.Add(request.Tools[i].EncodedAs(s_systemForm, WriteTool));
        }

        body.Add("]}"u8.ToArray());
        return body;
    }

    private static byte[] WriteTool(ToolDefinition tool)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("type"u8, "function");
        writer.Member("name"u8, tool.Name);
        writer.Member("description"u8, tool.Description);
        writer.Name("parameters"u8);
        writer.Element(tool.Parameters);
        writer.Member("strict"u8, false);
        writer.EndObject();
        return writer.ToArray();
    }
}
