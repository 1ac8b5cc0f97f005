using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Recording;

/// <summary>One exchange of a recording: what the model was told and what it answered.</summary>
/// <param name="Messages">The conversation, each message as its line without secrets.</param>
/// <param name="Tools">Names of the tools offered.</param>
/// <param name="Parts">The pieces of the answer, merged.</param>
/// <param name="Id">The provider's id of the answer.</param>
/// <param name="Usage">Its usage.</param>
/// <param name="Error">The failure instead of an answer; pieces before it may have come.</param>
internal sealed record Exchange(
    IReadOnlyList<string> Messages, IReadOnlyList<string> Tools, IReadOnlyList<StreamPart> Parts, string? Id, TokenUsage? Usage, ChatProviderException? Error);

/// <summary>
/// A file of recorded model traffic: a header, then a line for each exchange. A conversation is stored as what was added to
/// the one before. System prompts are not stored: they hold the date and the machine.
/// </summary>
internal static class RecordingFormat
{
    private const string Kind = "kimi-recording";

    public static byte[] Header(string model, long maxContextSize, ModelCapabilities capabilities)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("type"u8, Kind);
        writer.Member("version"u8, 1);
        writer.Member("model"u8, model);
        writer.Member("max_context_size"u8, maxContextSize);
        writer.Member("capabilities"u8, (long)capabilities);
        writer.EndObject();
        return writer.ToArray();
    }

    public static byte[] Line(Exchange exchange, IReadOnlyList<string> previous, SecretFilter secrets)
    {
        int common = 0;
        while (common < previous.Count && common < exchange.Messages.Count && previous[common] == exchange.Messages[common])
        {
            common++;
        }

        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("common"u8, common);
        Texts(writer, "messages"u8, exchange.Messages.Skip(common), raw: true);
        Texts(writer, "tools"u8, exchange.Tools, raw: false);
        writer.Name("answer"u8);
        MessageJson.Write(writer, new Message(Role.Assistant, [.. exchange.Parts.OfType<ContentPart>().Select(part => Clean(part, secrets))], [.. exchange.Parts.OfType<ToolCall>().Select(call => call with { Arguments = call.Arguments is null ? null : secrets.Clean(call.Arguments) })]));
        writer.Member("id"u8, exchange.Id);
        writer.Name("usage"u8);
        if (exchange.Usage is TokenUsage usage)
        {
            writer.BeginArray();
            writer.Number(usage.InputOther);
            writer.Number(usage.Output);
            writer.Number(usage.InputCacheRead);
            writer.Number(usage.InputCacheCreation);
            writer.EndArray();
        }
        else
        {
            writer.Null();
        }

        if (exchange.Error is ChatProviderException error)
        {
            writer.Name("error"u8);
            writer.BeginObject();
            writer.Member("kind"u8, error.Kind.ToString());
            writer.Member("status"u8, (long?)error.StatusCode);
            writer.Member("message"u8, secrets.Clean(error.Message));
            writer.EndObject();
        }

        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ConfigurationException">It is no recording.</exception>
    public static (string Model, long MaxContextSize, ModelCapabilities Capabilities, IReadOnlyList<Exchange> Exchanges) Read(string path)
    {
        try
        {
            string[] lines = File.ReadAllLines(path);
            JsonElement header = lines.Length > 0 ? LenientJson.Parse(lines[0]) : default;
            if (header.StringOrNull("type") != Kind || header.LongOr("version", 0) != 1)
            {
                throw new ConfigurationException($"The file '{path}' is no recording of version 1.");
            }

            List<Exchange> exchanges = [];
            foreach (string line in lines.Skip(1).Where(static line => line.Length > 0))
            {
                exchanges.Add(ReadExchange(LenientJson.Parse(line), exchanges.Count > 0 ? exchanges[^1].Messages : []));
            }

            return (header.StringOrNull("model") ?? "", header.LongOr("max_context_size", 0), (ModelCapabilities)header.LongOr("capabilities", 0), exchanges);
        }
        catch (Exception e) when (e is JsonException or FormatException or IOException or UnauthorizedAccessException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ConfigurationException($"The recording '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static Exchange ReadExchange(JsonElement line, IReadOnlyList<string> previous)
    {
        Message answer = MessageJson.Read(line.GetProperty("answer"));
        TokenUsage? usage = line.TryMember("usage", out JsonElement counts) && counts.GetArrayLength() == 4
            ? new TokenUsage(counts[0].GetInt64(), counts[1].GetInt64(), counts[2].GetInt64(), counts[3].GetInt64())
            : null;
        ChatProviderException? error = line.TryMember("error", out JsonElement failure)
            ? new ChatProviderException(failure.StringOrNull("message") ?? "", Enum.TryParse(failure.StringOrNull("kind"), out ProviderErrorKind kind) ? kind : ProviderErrorKind.Other)
            {
                StatusCode = failure.TryMember("status", out JsonElement status) ? status.GetInt32() : null,
            }
            : null;
        return new Exchange(
            [.. previous.Take((int)line.LongOr("common", 0)), .. line.GetProperty("messages").EnumerateArray().Select(static message => Encoding.UTF8.GetString(MessageJson.Write(MessageJson.Read(message))))],
            [.. line.GetProperty("tools").EnumerateArray().Select(static name => name.ReadString())],
            [.. answer.Content, .. answer.ToolCalls ?? []],
            line.StringOrNull("id"),
            usage,
            error);
    }

    private static void Texts(JsonWriter writer, ReadOnlySpan<byte> name, IEnumerable<string> texts, bool raw)
    {
        writer.Name(name);
        writer.BeginArray();
        foreach (string text in texts)
        {
            if (raw)
            {
                writer.Raw(Encoding.UTF8.GetBytes(text));
            }
            else
            {
                writer.Text(text);
            }
        }

        writer.EndArray();
    }

    private static ContentPart Clean(ContentPart part, SecretFilter secrets) => part switch
    {
        TextPart text => new TextPart(secrets.Clean(text.Text)),
        ThinkPart think => think with { Think = secrets.Clean(think.Think) },
        _ => part,
    };
}
