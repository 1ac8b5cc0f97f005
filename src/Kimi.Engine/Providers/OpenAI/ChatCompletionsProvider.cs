using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>What <c>kimi</c> and <c>openai_legacy</c> have in common: chat completions over HTTP.</summary>
internal abstract class ChatCompletionsProvider : IChatProvider
{
    private static readonly byte[] s_open = "{\"messages\":["u8.ToArray();
    private static readonly byte[] s_tools = ",\"tools\":["u8.ToArray();
    private (string Prompt, byte[] Bytes)? _system;

    protected ChatCompletionsProvider(ChatCompletionsOptions options, ThinkingEffort? effort)
    {
        Options = options;
        ThinkingEffort = effort;
    }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public string ModelName => Options.Model;

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort { get; }

    /// <inheritdoc/>
    public virtual bool UsesCompletionBudget => false;

    /// <inheritdoc/>
    public virtual bool SupportsResponseSchema => false;

    /// <summary>The settings.</summary>
    protected ChatCompletionsOptions Options { get; }

    /// <summary>Sends requests.</summary>
    protected virtual HttpTransport Transport => Options.Transport;

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        HttpCall call = new(HttpCall.Join(Options.BaseUrl, "/chat/completions")) { Body = Compose(request), ReportsIds = true };
        SetHeaders(call);
        HttpResponseMessage response = await Transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Answer(response);
    }

    /// <inheritdoc/>
    public abstract IChatProvider WithThinking(ThinkingEffort effort);

    /// <inheritdoc/>
    public bool TryRecover(ChatProviderException failure)
    {
        Transport.Reset();
        return true;
    }

    /// <summary>The body of a request.</summary>
    internal RequestSegments Compose(ChatRequest request)
    {
        RequestSegments body = new((request.History.Count * 2) + (request.Tools.Count * 2) + 8);
        body.Add(s_open);
        bool first = true;
        if (request.SystemPrompt.Length > 0)
        {
            body.Add(EncodeSystem(request.SystemPrompt));
            first = false;
        }

        foreach (Message message in request.History)
        {
            if (!first)
            {
                body.AddComma();
            }

            first = false;
            body.Add(Encode(message));
        }

        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("model"u8, Options.Model);
        WriteEarlyMembers(writer, request);
        if (request.ResponseSchema is System.Text.Json.JsonElement schema)
        {
            writer.Name("response_format"u8);
            writer.BeginObject();
            writer.Member("type"u8, "json_schema");
            writer.Name("json_schema"u8);
            writer.BeginObject();
            writer.Member("name"u8, "answer");
            writer.Name("schema"u8);
            writer.Element(schema);
            writer.EndObject();
            writer.EndObject();
        }

        writer.Member("stream"u8, true);
        writer.Name("stream_options"u8);
        writer.Raw("{\"include_usage\":true}"u8);
        if (Options.Temperature is double temperature)
        {
            writer.Member("temperature"u8, (double?)temperature);
        }

        byte[] middle = writer.ToArray();
        middle[0] = (byte)',';
        body.Add("]"u8.ToArray());
        body.Add(middle);
        body.Add(s_tools);
        for (int i = 0; i < request.Tools.Count; i++)
        {
            if (i > 0)
            {
                body.AddComma();
            }

            body.Add(Encode(request.Tools[i]));
        }

        writer.Clear();
        writer.BeginObject();
        if (Options.TopP is double topP)
        {
            writer.Member("top_p"u8, (double?)topP);
        }

        WriteLateMembers(writer);
        writer.EndObject();
        byte[] end = writer.ToArray();
        body.Add("]"u8.ToArray());
        if (end.Length > 2)
        {
            end[0] = (byte)',';
            body.Add(end);
        }
        else
        {
            body.Add("}"u8.ToArray());
        }

        return body;
    }

    /// <summary>Writes the members between <c>model</c> and <c>stream</c>.</summary>
    protected abstract void WriteEarlyMembers(JsonWriter writer, ChatRequest request);

    /// <summary>Writes the members behind <c>top_p</c>.</summary>
    protected virtual void WriteLateMembers(JsonWriter writer)
    {
    }

    /// <summary>A message in the form of this provider.</summary>
    protected abstract ReadOnlyMemory<byte> Encode(Message message);

    /// <summary>A tool in the form of this provider.</summary>
    protected abstract ReadOnlyMemory<byte> Encode(ToolDefinition tool);

    /// <summary>Sets user agent and configured headers.</summary>
    protected abstract void SetIdentity(HttpCall call);

    /// <summary>Reads the answer.</summary>
    protected abstract ChatAnswer Answer(HttpResponseMessage response);

    /// <summary>The headers of every request to this endpoint.</summary>
    internal void SetHeaders(HttpCall call)
    {
        Options.Authorize(call);
        SetIdentity(call);
    }

    private byte[] EncodeSystem(string prompt)
    {
        if (_system is not (string known, byte[] bytes) || !ReferenceEquals(known, prompt))
        {
            bytes = MessageJson.Write(new Message(Role.System, prompt));
            _system = (prompt, bytes);
        }

        return bytes;
    }
}
