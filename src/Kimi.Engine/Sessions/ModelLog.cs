using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>
/// Which model answers in a session, <c>models.jsonl</c>: kimi-cli's own files do not say. A line is written when the session
/// goes on with another model, and for tokens that <c>wire.jsonl</c> has no place for. A peer takes no notice of the file.
/// </summary>
internal sealed class ModelLog(string sessionDirectory, TimeProvider time) : IDisposable
{
    private readonly JsonLinesFile _file = new(PathIn(sessionDirectory));
    private string? _last;

    /// <summary>Told of a failure to write, in a sentence: what a session costs is not worth its answer.</summary>
    public Action<string>? Report { get; init; }

    /// <summary>A model has answered.</summary>
    public void Answered(string model)
    {
        if (model != _last)
        {
            Write(model, usage: null);
            _last = model;
        }
    }

    /// <summary>A model has used tokens that no event tells of.</summary>
    public void Used(string model, TokenUsage usage) => Write(model, usage);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Reads the file of a session; one without the file has no lines. Lines that cannot be read are skipped.</summary>
    /// <exception cref="SessionStorageException">The file cannot be read.</exception>
    public static IReadOnlyList<(double At, string Model, TokenUsage? Usage)> Read(string sessionDirectory)
    {
        List<(double, string, TokenUsage?)> lines = [];
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(PathIn(sessionDirectory)))
        {
            try
            {
                JsonElement record = LenientJson.Parse(line);
                if (record.DoubleOrNull("timestamp") is double at && record.StringOrNull("model") is string model)
                {
                    lines.Add((at, model, record.TryMember("usage", out JsonElement usage) ? Tokens(usage) : null));
                }
            }
            catch (JsonException)
            {
                // A torn or foreign line tells nothing.
            }
        }

        return lines;
    }

    /// <summary>Gives a copy of a session the same file.</summary>
    public static void Copy(string fromDirectory, string toDirectory)
    {
        if (File.Exists(PathIn(fromDirectory)))
        {
            File.Copy(PathIn(fromDirectory), PathIn(toDirectory));
        }
    }

    private static string PathIn(string sessionDirectory) => Path.Join(sessionDirectory, "models.jsonl");

    private static TokenUsage Tokens(JsonElement usage) => new(
        usage.LongOr("input_other", 0), usage.LongOr("output", 0), usage.LongOr("input_cache_read", 0), usage.LongOr("input_cache_creation", 0));

    private void Write(string model, TokenUsage? usage)
    {
        try
        {
            _file.Append(Encoding.UTF8.GetBytes(JsonWriter.Compose(writer => Compose(writer, model, usage)) + '\n'));
            _file.Close(); // rare; an open session need not hold the file
        }
        catch (SessionStorageException e)
        {
            Report?.Invoke($"It is not recorded that {model} answered: {e.Message}");
        }
    }

    private void Compose(JsonWriter writer, string model, TokenUsage? usage)
    {
        writer.BeginObject();
        writer.Member("timestamp"u8, (double?)(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0));
        writer.Member("model"u8, model);
        if (usage is not null)
        {
            writer.Name("usage"u8);
            writer.BeginObject();
            writer.Member("input_other"u8, usage.InputOther);
            writer.Member("output"u8, usage.Output);
            writer.Member("input_cache_read"u8, usage.InputCacheRead);
            writer.Member("input_cache_creation"u8, usage.InputCacheCreation);
            writer.EndObject();
        }

        writer.EndObject();
    }
}
