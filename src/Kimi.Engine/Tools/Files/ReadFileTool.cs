using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Files;

/// <summary><c>ReadFile</c>: lines of a text file, numbered.</summary>
internal sealed class ReadFileTool(ToolServices services) : Tool
{
    private const int MaxLines = 1000;
    private const int MaxLineLength = 2000;
    private const int MaxBytes = 102_400;

    private static readonly byte[] s_schema = """
        {"properties":{"path":{"description":"The file. A relative path starts at the working directory; outside of it the path must be absolute.","type":"string"},"line_offset":{"default":1,"description":"First line to read, from 1. A negative number counts from the end: -100 reads the last 100 lines. At least -1000, not 0.","type":"integer"},"n_lines":{"default":1000,"description":"How many lines to read, at most 1000.","minimum":1,"type":"integer"}},"required":["path"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "ReadFile",
        $"""
        Read a text file. Lines come numbered as by `cat -n`, from line_offset on; the system note tells how many lines the file has.

        - At most {MaxLines} lines or {MaxBytes / 1024} KB a call, lines cut at {MaxLineLength} characters. Page through longer files with line_offset and n_lines.
        - Read several files with parallel calls in one response.
        - Text only: no images, films or other binary files, no directories. To find something, prefer Grep to reading.
        """,
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string path = read.Text("path");
        int offset = read.Whole("line_offset", 1);
        int count = read.Whole("n_lines", MaxLines, min: 1);
        if (offset == 0)
        {
            read.Fault("line_offset cannot be 0; use 1 for the first line or -1 for the last line");
        }
        else if (offset < -MaxLines)
        {
            read.Fault($"line_offset cannot be less than -{MaxLines}. Use a positive line_offset to read further from the end.");
        }

        read.Check();
        if (FilePaths.Resolve(services, path, "read", out string canonical) is { } refused)
        {
            return refused;
        }

        if (SensitiveFiles.Contains(canonical))
        {
            return ToolReturnValue.Error(
                $"`{path}` appears to contain secrets (matched sensitive file pattern). Reading this file is blocked to protect credentials.", "Sensitive file");
        }

        IHost host = FilePaths.HostOf(services, canonical);
        try
        {
            HostStat stat = await host.StatAsync(canonical, cancellationToken).ConfigureAwait(false);
            if (FilePaths.CheckFile(path, stat) is { } unusable)
            {
                return unusable;
            }

            Stream stream = await host.OpenReadAsync(canonical, cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                HeaderStream file = new(stream, FileTypes.HeaderSize);
                FileType type = FileTypes.Detect(canonical, file.Header);
                if (type.Kind is FileKind.Image or FileKind.Video)
                {
                    return ToolReturnValue.Error($"`{path}` is a {type.KindName} file. Use other appropriate tools to read image or video files.", "Unsupported file type");
                }

                if (type.Kind == FileKind.Unknown)
                {
                    return ToolReturnValue.Error(
                        $"`{path}` seems not readable. You may need to read it with proper shell commands or other tools if available.", "File not readable");
                }

                return offset > 0
                    ? Forward(file.Rest, offset, count, cancellationToken)
                    : await TailAsync(file.Rest, host, canonical, -offset, count, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (FilePaths.IsFailure(e))
        {
            return ToolReturnValue.Error($"Failed to read {path}. Error: {e.Message}", "Failed to read file");
        }
    }

    private static ToolReturnValue Forward(Stream stream, int offset, int count, CancellationToken cancellationToken)
    {
        using LineReader reader = new(stream, cancellationToken);
        Listing listing = new();
        string? limit = null;
        reader.SkipTo(offset);
        while (reader.Next(out ReadOnlySpan<byte> text, out bool isEnded))
        {
            if (reader.LineCount < offset)
            {
                continue;
            }

            listing.Add(reader.LineCount, Decode(text, isEnded, out bool cut), cut);
            if (listing.Count >= count)
            {
                break;
            }

            if (listing.Count >= MaxLines)
            {
                limit = "lines";
                break;
            }

            if (listing.Bytes >= MaxBytes)
            {
                limit = "bytes";
                break;
            }
        }

        reader.CountRest();
        return listing.Result(offset, reader.LineCount, count, limit);
    }

    private static async Task<ToolReturnValue> TailAsync(Stream stream, IHost host, string path, int back, int count, CancellationToken cancellationToken)
    {
        long total;
        using (LineReader counter = new(stream, cancellationToken))
        {
            counter.CountRest();
            total = counter.LineCount;
        }

        long first = Math.Max(1, total - back + 1);
        Stream again = stream.CanSeek ? stream : await host.OpenReadAsync(path, cancellationToken).ConfigureAwait(false);
        List<(long Number, string Line, bool Cut)> lines = [];
        try
        {
            if (again.CanSeek)
            {
                again.Position = TailStart(again, (int)Math.Min(back, total), cancellationToken);
            }

            using LineReader reader = new(again, cancellationToken);
            long skipped = again.CanSeek ? first - 1 : 0;
            while (lines.Count < Math.Min(count, MaxLines) && reader.Next(out ReadOnlySpan<byte> text, out bool isEnded))
            {
                long number = reader.LineCount + skipped;
                if (number >= first)
                {
                    lines.Add((number, Decode(text, isEnded, out bool cut), cut));
                }
            }
        }
        finally
        {
            if (!ReferenceEquals(again, stream))
            {
                await again.DisposeAsync().ConfigureAwait(false);
            }
        }

        // The newest lines that fit.
        int bytes = 0;
        int from = lines.Count;
        while (from > 0 && bytes + Encoding.UTF8.GetByteCount(lines[from - 1].Line) is int sum && sum <= MaxBytes)
        {
            bytes = sum;
            from--;
        }

        Listing listing = new();
        foreach ((long number, string line, bool cut) in lines.Skip(from))
        {
            listing.Add(number, line, cut);
        }

        return listing.Result(from < lines.Count ? lines[from].Number : first, total, count, from > 0 ? "bytes" : null);
    }

    /// <summary>Where the last lines of a file begin.</summary>
    private static long TailStart(Stream stream, int lines, CancellationToken cancellationToken)
    {
        byte[] block = new byte[64 * 1024];
        long end = stream.Length;
        long at = end;
        int next = -1;
        while (at > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = (int)Math.Min(block.Length, at);
            at -= size;
            stream.Position = at;
            stream.ReadExactly(block, 0, size);
            for (int i = size; (i = block.AsSpan(0, i).LastIndexOfAny((byte)'\n', (byte)'\r')) >= 0;)
            {
                int behind = i + 1 < size ? block[i + 1] : next;
                bool isFirstOfPair = block[i] == '\r' && behind == '\n';
                if (!isFirstOfPair && at + i + 1 < end && --lines == 0)
                {
                    return at + i + 1;
                }
            }

            next = block[0];
        }

        return 0;
    }

    private static string Decode(ReadOnlySpan<byte> text, bool isEnded, out bool cut)
    {
        string line = Encoding.UTF8.GetString(text);
        if (isEnded)
        {
            line += "\n";
        }

        string shown = ToolResultBuilder.CutLine(line, MaxLineLength, "...");
        cut = !ReferenceEquals(shown, line);
        return shown;
    }

    private sealed class Listing
    {
        private readonly StringBuilder _text = new();
        private readonly List<long> _cut = [];

        public int Count { get; private set; }

        public int Bytes { get; private set; }

        public void Add(long number, string line, bool cut)
        {
            Span<char> digits = stackalloc char[20];
            number.TryFormat(digits, out int length, default, CultureInfo.InvariantCulture);
            _text.Append(' ', Math.Max(0, 6 - length)).Append(digits[..length]).Append('\t').Append(line);
            Count++;
            Bytes += Encoding.UTF8.GetByteCount(line);
            if (cut)
            {
                _cut.Add(number);
            }
        }

        public ToolReturnValue Result(long start, long total, int wanted, string? limit)
        {
            StringBuilder message = new();
            if (Count > 0)
            {
                message.Append(CultureInfo.InvariantCulture, $"{Count} lines read from file starting from line {start}.");
            }
            else
            {
                message.Append("No lines read from file.");
            }

            message.Append(CultureInfo.InvariantCulture, $" Total lines in file: {total}.");
            if (limit == "lines")
            {
                message.Append(CultureInfo.InvariantCulture, $" Max {MaxLines} lines reached.");
            }
            else if (limit == "bytes")
            {
                message.Append(CultureInfo.InvariantCulture, $" Max {MaxBytes} bytes reached.");
            }
            else if (Count < wanted)
            {
                message.Append(" End of file reached.");
            }

            if (_cut.Count > 0)
            {
                message.Append(" Lines [").AppendJoin(", ", _cut).Append("] were truncated.");
            }

            return ToolReturnValue.Ok(_text.ToString(), message.ToString());
        }
    }
}
