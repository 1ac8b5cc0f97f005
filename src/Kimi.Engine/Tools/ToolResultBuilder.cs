using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools;

/// <summary>Collects a tool's text output within limits, counted in code points.</summary>
public sealed class ToolResultBuilder
{
    /// <summary>Limit of the whole output.</summary>
    public const int DefaultMaxChars = 50_000;

    /// <summary>Limit of a line.</summary>
    public const int DefaultMaxLineLength = 2000;

    private const string Marker = "[...truncated]";

    private readonly int _maxChars;
    private readonly int? _maxLineLength;
    private readonly StringBuilder _text = new();
    private readonly List<DisplayBlock> _display = [];

    /// <summary>Makes a builder.</summary>
    /// <param name="maxChars">Limit of the output.</param>
    /// <param name="maxLineLength">Limit of a line; null for none.</param>
    public ToolResultBuilder(int maxChars = DefaultMaxChars, int? maxLineLength = DefaultMaxLineLength)
    {
        _maxChars = maxChars;
        _maxLineLength = maxLineLength;
    }

    /// <summary>Number of code points written.</summary>
    public int Length { get; private set; }

    /// <summary>Number of complete lines written.</summary>
    public int LineCount { get; private set; }

    /// <summary>Whether nothing more is taken.</summary>
    public bool IsFull => Length >= _maxChars;

    /// <summary>Whether something was cut.</summary>
    public bool IsTruncated { get; private set; }

    /// <summary>What has been written.</summary>
    public string Output => _text.ToString();

    /// <summary>Data for debugging and tests.</summary>
    public JsonElement? Extras { get; set; }

    /// <summary>Adds a block behind the brief.</summary>
    public void Show(DisplayBlock block) => _display.Add(block);

    /// <summary>Writes a text as far as it fits; returns the number of code points written.</summary>
    public int Write(ReadOnlySpan<char> text)
    {
        int written = 0;
        while (!text.IsEmpty && !IsFull)
        {
            ReadOnlySpan<char> line = text[..TextLines.FirstLength(text)];
            text = text[line.Length..];
            int remaining = _maxChars - Length;
            int length = Add(line, Math.Min(remaining, _maxLineLength ?? remaining));
            Length += length;
            written += length;
            if (line[^1] == '\n')
            {
                LineCount++;
            }
        }

        return written;
    }

    /// <summary>The result of a success; the message gets a full stop.</summary>
    public ToolReturnValue Ok(string message = "", string brief = "")
    {
        if (message.Length > 0 && !message.EndsWith('.'))
        {
            message += ".";
        }

        return Result(false, message, brief);
    }

    /// <summary>The result of a failure.</summary>
    public ToolReturnValue Error(string message, string brief) => Result(true, message, brief);

    /// <summary>The last lines that are not blank, long ones cut.</summary>
    public string Tail(int maxLines = 5, int maxLineLength = 200)
    {
        List<string> lines = [];
        List<string> all = TextLines.Split(Output);
        for (int i = all.Count - 1; i >= 0 && lines.Count < maxLines; i--)
        {
            string line = all[i].TrimEnd();
            if (line.Length > 0)
            {
                lines.Insert(0, CodePoints.Count(line) > maxLineLength ? CodePoints.Take(line, maxLineLength) + "..." : line);
            }
        }

        return string.Join('\n', lines);
    }

    /// <summary>Cuts a line to a limit, keeping its line break behind the marker; the same text when it fits.</summary>
    internal static string CutLine(string line, int limit, string marker)
    {
        if (line.Length <= limit || CodePoints.Count(line) <= limit)
        {
            return line;
        }

        (int keep, int lineBreak) = Cut(line, limit, marker);
        return string.Concat(line.AsSpan(0, keep), marker, line.AsSpan(line.Length - lineBreak));
    }

    private static (int Keep, int LineBreak) Cut(ReadOnlySpan<char> line, int limit, string marker)
    {
        int lineBreak = line.Length - line.TrimEnd("\r\n").Length;
        return (CodePoints.IndexOf(line, limit - marker.Length - lineBreak), lineBreak);
    }

    private int Add(ReadOnlySpan<char> line, int limit)
    {
        if (line.Length <= limit)
        {
            _text.Append(line);
            return CodePoints.Count(line);
        }

        int count = CodePoints.Count(line);
        if (count <= limit)
        {
            _text.Append(line);
            return count;
        }

        IsTruncated = true;
        (int keep, int lineBreak) = Cut(line, limit, Marker);
        _text.Append(line[..keep]).Append(Marker).Append(line[^lineBreak..]);
        return CodePoints.Count(line[..keep]) + Marker.Length + lineBreak;
    }

    private ToolReturnValue Result(bool isError, string message, string brief)
    {
        if (IsTruncated)
        {
            message = $"{message}{(message.Length > 0 ? " " : "")}Output is truncated to fit in the message.";
        }

        return new ToolReturnValue
        {
            IsError = isError,
            OutputText = Output,
            Message = message,
            Display = [.. ToolReturnValue.Briefs(brief), .. _display],
            Extras = Extras,
        };
    }
}
