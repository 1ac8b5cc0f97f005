using System.Collections;
using System.Globalization;
using System.Text;

namespace Kimi;

/// <summary>One-line texts for the Summary column.</summary>
internal static class Line
{
    /// <summary>Longer summaries are cut: a table cell shows no more, and a log line should not either.</summary>
    private const int MaxLength = 200;

    /// <summary>The text on one line, without control characters, cut to a readable length.</summary>
    public static string Of(string text)
    {
        // The common case costs nothing: a short line without control characters is its own summary.
        if (text.Length <= MaxLength && !HasControl(text)) { return text; }

        StringBuilder line = new(Math.Min(text.Length, MaxLength) + 1);
        bool blank = true;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c) || char.IsControl(c))
            {
                if (!blank) { line.Append(' '); }
                blank = true;
            }
            else
            {
                line.Append(c);
                blank = false;
            }

            if (line.Length > MaxLength) { break; }
        }

        if (line.Length <= MaxLength) { return line.ToString().TrimEnd(); }
        int end = char.IsHighSurrogate(line[MaxLength - 2]) ? MaxLength - 2 : MaxLength - 1;
        return line.ToString(0, end) + "…";
    }

    public static string Of(TimeSpan time) => time.TotalSeconds < 60
        ? time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s"
        : $"{(int)time.TotalMinutes} min {time.Seconds} s";

    public static string OfCall(string tool, string json, IDictionary arguments)
    {
        // The argument that says most about a call; other tools show their arguments as they are.
        string? key = tool switch
        {
            "Agent" => "description",
            "Think" => "thought",
            "Shell" => "command",
            "TaskOutput" or "TaskStop" => "task_id",
            "ReadFile" or "ReadMediaFile" or "WriteFile" or "StrReplaceFile" => "path",
            "Glob" or "Grep" => "pattern",
            "SearchWeb" => "query",
            "FetchURL" => "url",
            _ => null,
        };
        return key is not null && arguments[key] is string value ? Of($"{tool} {value}")
            : arguments.Count == 0 ? tool
            : Of($"{tool} {json}");
    }

    public static string OfResult(ToolResultEvent result)
    {
        string text = result.Brief.Length > 0 ? result.Brief
            : result.Message.Length > 0 ? result.Message
            : result.Output;
        return Of(result.IsError ? $"{result.Tool} failed: {text}" : $"{result.Tool}: {text}");
    }

    public static string OfStatus(StatusUpdateEvent status)
    {
        List<string> parts = [];
        if (status.Usage is TokenUsage usage) { parts.Add(usage.ToString()); }
        if (status.ContextUsage is double share)
        {
            parts.Add("context " + (share * 100).ToString("0.#", CultureInfo.InvariantCulture) + " %");
        }

        if (status.McpTotal is int total) { parts.Add($"MCP {status.McpConnected ?? 0} of {total}"); }
        if (status.PlanMode is bool plans && (plans || parts.Count == 0)) { parts.Add(plans ? "plan mode" : "plan mode off"); }
        return parts.Count == 0 ? "no usage reported" : string.Join(", ", parts);
    }

    private static bool HasControl(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c)) { return true; }
        }

        return false;
    }
}
