using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>The small JSON files of tasks, notifications and subagents: replaced as a whole, read without trust.</summary>
internal static class StoredJson
{
    /// <summary>The object in a file; null when there is none or it cannot be read.</summary>
    public static JsonElement? Read(string path)
    {
        try
        {
            if (File.Exists(path) && LenientJson.Parse(ReadShared(path)) is { ValueKind: JsonValueKind.Object } value)
            {
                return value;
            }
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // Unreadable counts as absent.
        }

        return null;
    }

    /// <summary>Replaces a file.</summary>
    public static void Write(string path, Action<JsonWriter> write)
    {
        JsonWriter writer = new(JsonLayout.Indented);
        write(writer);
        AtomicFile.Write(path, writer.WrittenSpan);
    }

    /// <summary>A moment as files have it: Unix seconds.</summary>
    public static double Seconds(DateTimeOffset moment) => (moment.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / (double)TimeSpan.TicksPerSecond;

    /// <summary>Now, as files have it.</summary>
    public static double Seconds(TimeProvider time) => Seconds(time.GetUtcNow());

    // On Windows the file cannot be replaced while somebody reads it without sharing that right.
    private static byte[] ReadShared(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] content = new byte[stream.Length];
        int count = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return count == content.Length ? content : content[..count];
    }
}
