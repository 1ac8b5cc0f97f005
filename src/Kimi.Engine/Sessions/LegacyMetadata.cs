using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>The file <c>metadata.json</c> of older sessions, whose members are part of the state now.</summary>
internal static class LegacyMetadata
{
    private const string FileName = "metadata.json";
    private const string NoTitle = "Untitled";

    /// <summary>Moves what the file says into members of the state that still have their defaults. A file that cannot be read is left alone.</summary>
    public static void Migrate(string sessionDirectory, SessionState state)
    {
        string path = Path.Join(sessionDirectory, FileName);
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            JsonElement old = LenientJson.Parse(File.ReadAllBytes(path));
            if (old.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            state.SaveOwn(changed => Take(old, changed));
            File.Delete(path);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or SessionStorageException)
        {
            // the next opening tries again
        }
    }

    private static void Take(JsonElement old, SessionState state)
    {
        if (old.StringOrNull("title") is string title && title != NoTitle)
        {
            state.CustomTitle ??= title;
        }

        state.TitleGenerated |= old.BoolOr("title_generated", false);
        if (state.TitleGenerateAttempts == 0)
        {
            state.TitleGenerateAttempts = old.LongOr("title_generate_attempts", 0);
        }

        state.Archived |= old.BoolOr("archived", false);
        state.ArchivedAt ??= old.DoubleOrNull("archived_at");
        state.AutoArchiveExempt |= old.BoolOr("auto_archive_exempt", false);
        state.WireModified ??= old.DoubleOrNull("wire_mtime");
    }
}
