using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions.Pi;
using Kimi.Engine.Sessions.Transcripts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>A turn in the record of a session.</summary>
/// <param name="Begin">Line of its begin.</param>
/// <param name="End">Line behind its end.</param>
/// <param name="Input">What the user said; null when it cannot be read.</param>
/// <param name="Messages">Messages of the user that it left in the conversation: none of a command, one more for every input it was steered with.</param>
/// <param name="Rotations">How often it made the conversation anew: by compaction, clearing or a D-Mail.</param>
internal sealed record ForkedTurn(int Begin, int End, UserInput? Input, int Messages, int Rotations);

/// <summary>
/// The conversation as it was at the end of a turn. What the program itself said as the user does not count as the user's. A
/// conversation that was compacted or cleared since then is in a rotated file.
/// </summary>
internal static class ForkedContext
{
    /// <summary>The lines of the conversation up to a turn.</summary>
    /// <param name="sessionDirectory">The session's directory.</param>
    /// <param name="turns">The turns of its record.</param>
    /// <param name="last">Index of the last turn; null for all.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(string sessionDirectory, IReadOnlyList<ForkedTurn> turns, int? last)
    {
        IReadOnlyList<string> files = ContextSnapshot.Files(sessionDirectory);
        if (last is not int index)
        {
            return JsonLinesFile.ReadLines(files[^1]);
        }

        ForkedTurn[] kept = [.. turns.Where(turn => turn.Begin < turns[index].End)];
        ForkedTurn[] later = [.. turns.Skip(kept.Length)];
        string file = files[Math.Max(0, files.Count - 1 - later.Sum(static turn => turn.Rotations))];
        List<ReadOnlyMemory<byte>> lines = [.. JsonLinesFile.ReadLines(file)];
        int[] said = [.. Enumerable.Range(0, lines.Count).Where(i => IsFromUser(lines[i]))];
        int keep = kept.Sum(static turn => turn.Messages);
        if (kept.Any(static turn => turn.Rotations > 0))
        {
            // The file does not begin with the first turn: what came behind the last one is counted from its end.
            int rotated = Array.FindIndex(later, static turn => turn.Rotations > 0);
            keep = said.Length - later.Take(rotated < 0 ? later.Length : rotated + 1).Sum(static turn => turn.Messages);
        }

        return keep < said.Length ? lines.Take(said[Math.Max(0, keep)]) : lines;
    }

    private static bool IsFromUser(ReadOnlyMemory<byte> line)
    {
        try
        {
            return InternalMessages.IsFromUser(MessageJson.Read(LenientJson.Parse(line)));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
        }
    }
}
