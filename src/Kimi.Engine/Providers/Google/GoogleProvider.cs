using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Google;

/// <summary><c>gemini</c>, its older name <c>google_genai</c>, and <c>vertexai</c>.</summary>
internal sealed class GoogleProvider(GoogleOptions options, ThinkingEffort? effort = null) : IChatProvider
{
    private static readonly object s_toolForm = new();
    private readonly object _form = new();

    private GoogleProvider(GoogleOptions options, ThinkingEffort? effort, object form)
        : this(options, effort) => _form = form;

    /// <inheritdoc/>
    public string Name => "google_genai";

    /// <inheritdoc/>
    public string ModelName => options.Model;

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => effort;

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new GoogleProvider(options, effort, _form);

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        await options.Media.FetchAsync(request.History, options.Transport, cancellationToken).ConfigureAwait(false);
        string path = options.Vertex is null
            ? $"/v1beta/models/{options.Model}:streamGenerateContent?alt=sse"
            : $"/v1beta1/{await options.Vertex.FindResourceAsync(options, cancellationToken).ConfigureAwait(false)}publishers/google/models/{options.Model}:streamGenerateContent?alt=sse";
        HttpCall call = new(HttpCall.Join(options.BaseUrl, path))
        {
            Body = Compose(request),
            Retries = 0,
            SendsRetryCount = false,
            DescribeStatus = DescribeStatus,
        };
        await SetHeadersAsync(call, cancellationToken).ConfigureAwait(false);
        return new GoogleAnswer(options.Transport, await options.Transport.SendAsync(call, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The headers of every request to this endpoint.</summary>
    internal async Task SetHeadersAsync(HttpCall call, CancellationToken cancellationToken)
    {
        call.Set("User-Agent", "KimiCLI/" + options.Identity.Version);
        if (options.Credential.Key.Length > 0)
        {
            call.Set("x-goog-api-key", options.Credential.Key);
        }
        else if (options.Vertex is not null)
        {
            call.Set("Authorization", "Bearer " + await options.Vertex.GetTokenAsync(options.Transport, cancellationToken).ConfigureAwait(false));
        }

        call.Set(options.CustomHeaders);
    }

    /// <summary>The message of an error status.</summary>
    internal static string DescribeStatus(int status, string body) => status switch
    {
        401 => "Authentication failed: ",
        403 => "Permission denied: ",
        429 => "Rate limit exceeded: ",
        >= 500 => "Server error: ",
        _ => "",
    } + StatusText.Describe(status, body);

    /// <summary>The body of a request.</summary>
    internal RequestSegments Compose(ChatRequest request)
    {
        RequestSegments body = new((request.History.Count * 2) + (request.Tools.Count * 2) + 8);
        body.Add("{\"contents\":["u8.ToArray());
        AddContents(body, request.History);
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Name("systemInstruction"u8);
        writer.BeginObject();
        writer.Name("parts"u8);
        writer.BeginArray();
        writer.BeginObject();
        writer.Member("text"u8, request.SystemPrompt);
        writer.EndObject();
        writer.EndArray();
        writer.Member("role"u8, "user");
        writer.EndObject();
        byte[] middle = writer.ToArray();
        middle[0] = (byte)',';
        body.Add("]"u8.ToArray());
        body.Add(middle);
        if (request.Tools.Count > 0)
        {
            body.Add(",\"tools\":[{\"functionDeclarations\":["u8.ToArray());
            for (int i = 0; i < request.Tools.Count; i++)
            {
                if (i > 0)
                {
                    body.AddComma();
                }

                body.Add(request.Tools[i].EncodedAs(s_toolForm, WriteTool));
            }

            body.Add("]}]"u8.ToArray());
        }

        AddConfig(body, request);
        body.Add("}"u8.ToArray());
        return body;
    }

    private void AddContents(RequestSegments body, IReadOnlyList<Message> history)
    {
        Dictionary<string, string> names = new(StringComparer.Ordinal);
        bool first = true;
        for (int i = 0; i < history.Count; i++)
        {
            Message message = history[i];
            if (!first)
            {
                body.AddComma();
            }

            first = false;
            if (message.Role != Role.Tool)
            {
                foreach (ToolCall call in message.ToolCalls ?? [])
                {
                    names[call.Id] = call.Name;
                }

                body.Add(message.EncodedAs(_form, message => GoogleContents.Write(message, options.Media)));
                continue;
            }

            int end = i + 1;
            while (end < history.Count && history[end].Role == Role.Tool)
            {
                end++;
            }

            Message? caller = i > 0 && history[i - 1] is { Role: Role.Assistant, ToolCalls.Count: > 0 } before ? before : null;
            body.Add(GoogleContents.WriteResults(caller, [.. history.Skip(i).Take(end - i)], names));
            i = end - 1;
        }
    }

    private void AddConfig(RequestSegments body, ChatRequest request)
    {
        if (effort is null && request.ResponseSchema is null)
        {
            return;
        }

        JsonWriter writer = new();
        writer.BeginObject();
        if (effort is ThinkingEffort chosen)
        {
            writer.Name("thinkingConfig"u8);
            writer.BeginObject();
            bool leveled = options.Model.Contains("gemini-3", StringComparison.OrdinalIgnoreCase);
            bool off = chosen == Providers.ThinkingEffort.Off;
            writer.Member("includeThoughts"u8, leveled || !off);
            if (!leveled)
            {
                writer.Member("thinkingBudget"u8, chosen switch
                {
                    Providers.ThinkingEffort.Off => 0L,
                    Providers.ThinkingEffort.Low => 1024,
                    Providers.ThinkingEffort.Medium => 4096,
                    _ => 32000,
                });
            }
            else if (!off)
            {
                writer.Member("thinkingLevel"u8, chosen == Providers.ThinkingEffort.Low ? "LOW" : "HIGH");
            }

            writer.EndObject();
        }

        if (request.ResponseSchema is System.Text.Json.JsonElement schema)
        {
            writer.Member("responseMimeType"u8, "application/json");
            writer.Name("responseJsonSchema"u8);
            writer.Element(schema);
        }

        writer.EndObject();
        body.Add(",\"generationConfig\":"u8.ToArray());
        body.Add(writer);
    }

    private static byte[] WriteTool(ToolDefinition tool)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("name"u8, tool.Name);
        writer.Member("description"u8, tool.Description);
        writer.Name("parameters_json_schema"u8);
        writer.Element(tool.Parameters);
        writer.EndObject();
        return writer.ToArray();
    }
}
