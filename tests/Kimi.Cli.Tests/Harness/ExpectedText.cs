using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kimi.Cli.Tests.Harness;

/// <summary>
/// Compares what a process wrote with a recorded transcript, in which placeholders stand for what differs from run to run.
/// Ids keep their meaning: the same placeholder stands for the same id in a whole transcript.
/// </summary>
internal sealed partial class ExpectedText(JsonElement initializeResult)
{
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>What differs; null when nothing does.</summary>
    public string? Compare(string expected, string actual)
    {
        if (!expected.StartsWith('{') || !actual.StartsWith('{'))
        {
            return CompareTexts(expected, actual);
        }

        using JsonDocument wanted = JsonDocument.Parse(expected);
        using JsonDocument seen = JsonDocument.Parse(actual);
        return Compare(wanted.RootElement, seen.RootElement, "");
    }

    /// <summary>What differs between two values; null when nothing does.</summary>
    public string? Compare(JsonElement expected, JsonElement actual, string where)
    {
        if (expected.ValueKind == JsonValueKind.String)
        {
            string text = expected.GetString()!;
            if (text == "<as in wire-basic>")
            {
                return Compare(initializeResult, actual, where);
            }

            if (actual.ValueKind != JsonValueKind.String)
            {
                return NumberPlaceholder().IsMatch(text) && actual.ValueKind == JsonValueKind.Number ? null : Differ(where, expected, actual);
            }

            return CompareTexts(text, actual.GetString()!) is string difference ? $"{where}: {difference}" : null;
        }

        if (expected.ValueKind != actual.ValueKind)
        {
            return Differ(where, expected, actual);
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                string[] names = [.. expected.EnumerateObject().Select(static member => member.Name)];
                string[] seen = [.. actual.EnumerateObject().Select(static member => member.Name)];
                return !names.SequenceEqual(seen)
                    ? $"{where}: members {string.Join(", ", seen)} instead of {string.Join(", ", names)}"
                    : names.Select(name => Compare(expected.GetProperty(name), actual.GetProperty(name), $"{where}.{name}")).FirstOrDefault(static difference => difference is not null);
            case JsonValueKind.Array:
                if (expected.GetArrayLength() != actual.GetArrayLength())
                {
                    return Differ(where, expected, actual);
                }

                int index = 0;
                return expected.EnumerateArray().Zip(actual.EnumerateArray())
                    .Select(pair => Compare(pair.First, pair.Second, $"{where}[{index++}]")).FirstOrDefault(static difference => difference is not null);
            default:
                return expected.GetRawText() == actual.GetRawText() ? null : Differ(where, expected, actual);
        }
    }

    private string? CompareTexts(string expected, string actual)
    {
        // The two outputs of a program come through two pipes; written at one moment, they may arrive in either order.
        if (expected == actual || (expected == "out\nerr\n" && actual == "err\nout\n"))
        {
            return null;
        }

        StringBuilder pattern = new("^");
        List<string> ids = [];
        int at = 0;
        foreach (Match placeholder in Placeholder().Matches(expected))
        {
            pattern.Append(Regex.Escape(expected[at..placeholder.Index]));
            at = placeholder.Index + placeholder.Length;
            string name = placeholder.Groups[1].Value;
            if (name is "prose" or "detail")
            {
                pattern.Append(name == "prose" ? "(?s:.+)" : "(?s:.*)");
            }
            else if (name.StartsWith("id", StringComparison.Ordinal) || name == "agent_id" || name == "slug")
            {
                if (_ids.TryGetValue(name, out string? known))
                {
                    pattern.Append(Regex.Escape(known));
                }
                else
                {
                    pattern.Append("([0-9A-Za-z-]+)");
                    ids.Add(name);
                }
            }
            else
            {
                pattern.Append("[0-9TZ:.+-]+");
            }
        }

        Match match = Regex.Match(actual, pattern.Append(Regex.Escape(expected[at..])).Append('$').ToString());
        for (int i = 0; match.Success && i < ids.Count; i++)
        {
            _ids[ids[i]] = match.Groups[i + 1].Value;
        }

        return match.Success ? null : $"'{actual}' instead of '{expected}'";
    }

    private static string Differ(string where, JsonElement expected, JsonElement actual) => $"{where}: {actual.GetRawText()} instead of {expected.GetRawText()}";

    [GeneratedRegex("<(prose|detail|id\\d+|agent_id|slug|time|seconds|ms)>")]
    private static partial Regex Placeholder();

    [GeneratedRegex("^<(time|seconds|ms)>$")]
    private static partial Regex NumberPlaceholder();
}
