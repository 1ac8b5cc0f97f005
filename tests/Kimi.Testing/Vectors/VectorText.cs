using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kimi.Testing.Vectors;

/// <summary>The placeholders of the recordings, and the same replacements for what we produce.</summary>
public static partial class VectorText
{
    private static readonly string[] s_prose = ["<prose>", "<message: only thinking came back>"];

    /// <summary>Writes out repeated characters.</summary>
    public static string Expand(string text) => Repeated().Replace(text, static match => new string(match.Groups[1].Value[0], int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture)));

    /// <summary>Replaces ids and the texts of a JSON or schema library.</summary>
    public static string Normalise(string text) => Boundary().Replace(Library().Replace(Uuid().Replace(text, "<id>"), "$1"), "--<boundary>");

    /// <summary>Whether a text equals a recorded one in which <c>&lt;prose&gt;</c> stands for any text.</summary>
    public static bool Matches(string expected, string actual)
    {
        string[] pieces = expected.Split(s_prose, StringSplitOptions.None);
        if (pieces.Length == 1)
        {
            return expected == actual;
        }

        if (!actual.StartsWith(pieces[0], StringComparison.Ordinal) || !actual.EndsWith(pieces[^1], StringComparison.Ordinal))
        {
            return false;
        }

        int at = pieces[0].Length;
        foreach (string piece in pieces[1..])
        {
            int found = actual.IndexOf(piece, at, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            at = found + piece.Length;
        }

        return true;
    }

    /// <summary>
    /// Events by step: what streams keeps its order; results, status and requests of a step may come in any order. Pieces of
    /// arguments in a row are one entry.
    /// </summary>
    public static string Canonical(IEnumerable<JsonNode> events)
    {
        StringBuilder all = new();
        List<string> floating = [];
        JsonArray? pieces = null;
        foreach (JsonNode e in events)
        {
            string type = e[0]!.GetValue<string>();
            JsonNode payload = e[1]!;
            if (type is "ToolCallPart" or "ToolCallPart*")
            {
                pieces ??= [];
                IEnumerable<JsonNode?> added = type == "ToolCallPart" ? new[] { payload["arguments_part"] } : payload.AsArray();
                foreach (JsonNode? piece in added)
                {
                    pieces.Add(piece?.DeepClone());
                }

                continue;
            }

            Flush();
            string line = WaitTime().Replace(Normalise($"{type} {Write(payload)}"), "\"wait_s\":\"<time>\"");
            if (type is "ToolResult" or "StatusUpdate" || type.StartsWith("request:", StringComparison.Ordinal))
            {
                floating.Add(line);
                continue;
            }

            if (type is not ("ContentPart" or "ToolCall"))
            {
                Settle();
            }

            all.AppendLine(line);
        }

        Flush();
        Settle();
        return all.ToString();

        void Flush()
        {
            if (pieces is not null)
            {
                all.AppendLine("ToolCallPart* " + Write(pieces));
                pieces = null;
            }
        }

        void Settle()
        {
            floating.Sort(StringComparer.Ordinal);
            foreach (string line in floating)
            {
                all.AppendLine(line);
            }

            floating.Clear();
        }
    }

    /// <summary>JSON text in which placeholders stay readable.</summary>
    public static string Write(JsonNode node) => node.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>
    /// The body of a request with its ids replaced; without its cap where the recording hides some of the text that the cap
    /// depends on.
    /// </summary>
    public static string CleanBody(string body, JsonArray recorded)
    {
        string all = Write(recorded);
        string text = Normalise(body);
        return all.Contains("<prose>", StringComparison.Ordinal) || all.Contains(" JSON arguments: ", StringComparison.Ordinal) ? Cap().Replace(text, "\"max_completion_tokens\":0") : text;
    }

    [GeneratedRegex("\"max_completion_tokens\":\\d+")]
    private static partial Regex Cap();

    [GeneratedRegex("\"wait_s\":[0-9.E-]+")]
    private static partial Regex WaitTime();

    [GeneratedRegex("--[0-9a-f]{32}")]
    private static partial Regex Boundary();

    [GeneratedRegex("<(.) times (\\d+)>")]
    private static partial Regex Repeated();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Uuid();

    [GeneratedRegex("(Error (?:parsing|validating) JSON arguments: ).*?(?=</system>|\",|\"$|\"\\})")]
    private static partial Regex Library();
}
