using System.Diagnostics;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools.Files;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class ReadFileToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Read(string path, object? offset = null, object? lines = null)
    {
        List<(string, object?)> members = [("path", path)];
        if (offset is not null)
        {
            members.Add(("line_offset", offset));
        }

        if (lines is not null)
        {
            members.Add(("n_lines", lines));
        }

        return _bench.Call(new ReadFileTool(_bench.Services), Json([.. members]));
    }

    private static string Numbered(int from, int to, Func<int, string>? line = null) =>
        string.Concat(Enumerable.Range(from, to - from + 1).Select(n => $"{n,6}\t{line?.Invoke(n) ?? $"entry {n}"}\n"));

    private void Log() => _bench.Write("log.txt", string.Concat(Enumerable.Range(1, 12).Select(static n => $"entry {n}\n")));

    [Fact]
    public async Task Far_lines_are_those_that_a_plain_count_finds()
    {
        // Line ends of all kinds, on both sides of every edge of what is read at a time; the last line has none.
        Random random = new(7);
        StringBuilder text = new();
        while (text.Length < 400_000)
        {
            text.Append('x', random.Next(0, 90)).Append(random.Next(3) switch { 0 => "\n", 1 => "\r", _ => "\r\n" });
        }

        text.Append("end");
        _bench.Write("far.txt", text.ToString());
        string[] lines = text.ToString().Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        foreach (int line in (int[])[1, 2, 1500, 3001, lines.Length / 2, lines.Length - 1, lines.Length, lines.Length + 1, lines.Length + 5000])
        {
            ToolReturnValue result = await _bench.Call(new ReadFileTool(_bench.Services), $"{{\"path\":\"far.txt\",\"line_offset\":{line},\"n_lines\":1}}");
            Assert.Equal(line <= lines.Length ? $"{line,6}\t{lines[line - 1]}{(line < lines.Length ? "\n" : "")}" : "", result.OutputText);
            Assert.Contains($" Total lines in file: {lines.Length}.", result.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_whole_file()
    {
        Log();
        (await Read("log.txt")).IsOk(Numbered(1, 12), "12 lines read from file starting from line 1. Total lines in file: 12. End of file reached.");
    }

    [Fact]
    public async Task A_window()
    {
        Log();
        (await Read("log.txt", 4, 2)).IsOk(Numbered(4, 5), "2 lines read from file starting from line 4. Total lines in file: 12.");
        (await Read("log.txt", "4", 2.0.ToString(System.Globalization.CultureInfo.InvariantCulture))).IsOk(Numbered(4, 5), "2 lines read from file starting from line 4. Total lines in file: 12.");
    }

    [Fact]
    public async Task The_end()
    {
        Log();
        (await Read("log.txt", -2)).IsOk(Numbered(11, 12), "2 lines read from file starting from line 11. Total lines in file: 12. End of file reached.");
        (await Read("log.txt", -5, 2)).IsOk(Numbered(8, 9), "2 lines read from file starting from line 8. Total lines in file: 12.");
        (await Read("log.txt", -100)).IsOk(Numbered(1, 12), "12 lines read from file starting from line 1. Total lines in file: 12. End of file reached.");
    }

    [Fact]
    public async Task Behind_the_end()
    {
        Log();
        (await Read("log.txt", 99)).IsOk("", "No lines read from file. Total lines in file: 12. End of file reached.");
    }

    [Theory]
    [InlineData("", "", 0, "No lines read from file.")]
    [InlineData("a\nb", "     1\ta\n     2\tb", 2, "2 lines read from file starting from line 1.")]
    [InlineData("x\r\ny\r\n", "     1\tx\n     2\ty\n", 2, "2 lines read from file starting from line 1.")]
    [InlineData("x\ry", "     1\tx\n     2\ty", 2, "2 lines read from file starting from line 1.")]
    [InlineData("x\r\r\ny\n\r", "     1\tx\n     2\t\n     3\ty\n     4\t\n", 4, "4 lines read from file starting from line 1.")]
    [InlineData("a\vb\fc\u2028d\u0085e\n", "     1\ta\vb\fc\u2028d\u0085e\n", 1, "1 lines read from file starting from line 1.")]
    [InlineData("\ufeffx\n", "     1\t\ufeffx\n", 1, "1 lines read from file starting from line 1.")]
    public async Task Only_line_feeds_and_carriage_returns_end_lines(string text, string output, int total, string start)
    {
        _bench.Write("f.txt", text);
        (await Read("f.txt")).IsOk(output, $"{start} Total lines in file: {total}. End of file reached.");
        (await Read("f.txt", -10)).IsOk(output, $"{start} Total lines in file: {total}. End of file reached.");
    }

    [Fact]
    public async Task Invalid_bytes_are_replaced()
    {
        _bench.Write("f.txt", [(byte)'a', 0xff, (byte)'b', 0xc3, (byte)'\n']);
        Assert.Equal("     1\ta\ufffdb\ufffd\n", (await Read("f.txt")).OutputText);
    }

    [Fact]
    public async Task Long_lines_are_cut_before_their_line_feed()
    {
        _bench.Write("wide.txt", new string('=', 2100) + "\nnext\n" + new string('é', 1999) + "\n" + new string('é', 2000) + "\n" + string.Concat(Enumerable.Repeat("😀", 30_000)));
        ToolReturnValue result = await Read("wide.txt");
        result.IsOk(
            $"     1\t{new string('=', 1996)}...\n     2\tnext\n     3\t{new string('é', 1999)}\n     4\t{new string('é', 1996)}...\n     5\t{string.Concat(Enumerable.Repeat("😀", 1997))}...",
            "5 lines read from file starting from line 1. Total lines in file: 5. End of file reached. Lines [1, 4, 5] were truncated.");
    }

    [Fact]
    public async Task The_number_of_lines_is_limited()
    {
        _bench.Write("many.txt", string.Concat(Enumerable.Range(1, 1500).Select(static n => $"{n}\n")));
        static string Line(int n) => $"{n}";
        (await Read("many.txt")).IsOk(Numbered(1, 1000, Line), "1000 lines read from file starting from line 1. Total lines in file: 1500.");
        (await Read("many.txt", 1, 2000)).IsOk(Numbered(1, 1000, Line), "1000 lines read from file starting from line 1. Total lines in file: 1500. Max 1000 lines reached.");
        (await Read("many.txt", -1000, 5000)).IsOk(Numbered(501, 1500, Line), "1000 lines read from file starting from line 501. Total lines in file: 1500. End of file reached.");
    }

    [Fact]
    public async Task The_number_of_bytes_is_limited_forwards_and_backwards()
    {
        // Each line has 1024 bytes: the hundredth reaches the limit, the hundred-and-first never comes.
        _bench.Write("big.txt", string.Concat(Enumerable.Range(1, 300).Select(static n => $"{n:000}{new string('x', 1020)}\n")));
        static string Line(int n) => $"{n:000}{new string('x', 1020)}";
        (await Read("big.txt")).IsOk(Numbered(1, 100, Line), "100 lines read from file starting from line 1. Total lines in file: 300. Max 102400 bytes reached.");
        (await Read("big.txt", -200)).IsOk(Numbered(201, 300, Line), "100 lines read from file starting from line 201. Total lines in file: 300. Max 102400 bytes reached.");
        (await Read("big.txt", -200, 50)).IsOk(Numbered(101, 150, Line), "50 lines read from file starting from line 101. Total lines in file: 300.");
    }

    [Theory]
    [InlineData(0, 1, "line_offset cannot be 0; use 1 for the first line or -1 for the last line")]
    [InlineData(-1001, 1, "line_offset cannot be less than -1000.")]
    [InlineData(1, 0, "n_lines")]
    [InlineData("2.5", 1, "line_offset")]
    public async Task Arguments_are_checked(object offset, int lines, string detail) => (await Read("log.txt", offset, lines)).IsInvalid(detail);

    [Fact]
    public async Task Paths_are_checked()
    {
        Directory.CreateDirectory(_bench.PathOf("sub"));
        (await Read("")).IsError("File path cannot be empty.", "Empty file path");
        (await Read("gone.txt")).IsError("`gone.txt` does not exist.", "File not found");
        (await Read("sub")).IsError("`sub` is not a file.", "Invalid path");
        (await Read("../elsewhere.txt")).IsError("`../elsewhere.txt` is not an absolute path. You must provide an absolute path to read a file outside the working directory.", "Invalid path");
        (await Read("a\0b")).IsError("`a\0b` does not exist.", "File not found");
        (await Read(new string('x', 5000))).IsError($"`{new string('x', 5000)}` does not exist.", "File not found");
        _bench.Folder.Write("outside.txt", "o");
        Assert.Equal("     1\to", (await Read(_bench.Folder["outside.txt"])).OutputText);
        _bench.Additional.Add(_bench.Folder.Path);
        Assert.Equal("     1\to", (await Read("../outside.txt")).OutputText);
    }

    [Fact]
    public async Task Pipes_and_devices_do_not_hang()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX system");
        }

        using (Process mkfifo = Process.Start("mkfifo", _bench.PathOf("pipe")))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        (await Read("pipe")).IsError("`pipe` is not a file.", "Invalid path");
        (await Read("/dev/zero")).IsError("`/dev/zero` is not a file.", "Invalid path");
    }

    [Theory]
    [InlineData(".env", true)]
    [InlineData("sub/.env", true)]
    [InlineData(".env.local", true)]
    [InlineData("id_rsa", true)]
    [InlineData("id_ed25519", true)]
    [InlineData("id_ecdsa", true)]
    [InlineData("credentials", true)]
    [InlineData("x/.aws/credentials", true)]
    [InlineData("x/.gcp/credentials", true)]
    [InlineData("x/.aws/credentials/more", true)]
    [InlineData(".env.example", false)]
    [InlineData(".env.sample", false)]
    [InlineData(".env.template", false)]
    [InlineData("id_rsa.pub", false)]
    [InlineData("credentials.txt", false)]
    [InlineData("env", false)]
    public async Task Files_with_secrets_are_refused(string path, bool refused)
    {
        _bench.Write(path, "K=V\n");
        ToolReturnValue result = await Read(path);
        if (refused)
        {
            result.IsError($"`{path}` appears to contain secrets (matched sensitive file pattern). Reading this file is blocked to protect credentials.", "Sensitive file");
        }
        else
        {
            Assert.False(result.IsError);
        }
    }

    [Fact]
    public async Task A_sensitive_name_is_refused_before_it_is_looked_for() =>
        (await Read("none/.env")).StartsError("`none/.env` appears to contain secrets", "Sensitive file");

    [Fact]
    public async Task Only_text_is_read()
    {
        _bench.Write("blob.dat", "ab\0cd");
        _bench.Write("pic.png", "not a picture");
        _bench.Write("film.mp4", "not a film");
        _bench.Write("doc.pdf", "text");
        _bench.Write("png.txt", [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a, 0]);
        (await Read("blob.dat")).StartsError("`blob.dat` seems not readable.", "File not readable");
        (await Read("pic.png")).IsError("`pic.png` is a image file. Use other appropriate tools to read image or video files.", "Unsupported file type");
        (await Read("film.mp4")).IsError("`film.mp4` is a video file. Use other appropriate tools to read image or video files.", "Unsupported file type");
        (await Read("doc.pdf")).StartsError("`doc.pdf` seems not readable.", "File not readable");
        (await Read("png.txt")).IsError("`png.txt` is a image file. Use other appropriate tools to read image or video files.", "Unsupported file type");
        _bench.Write("utf16.txt", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("hello")).ToArray());
        (await Read("utf16.txt")).StartsError("`utf16.txt` seems not readable.", "File not readable");
    }

    [Theory]
    [InlineData("a.svg", "<svg>", "text", "image/svg+xml")]
    [InlineData("a.svg", "GIF89a", "unknown", "")]
    [InlineData("a.ts", "let x", "text", "text/plain")]
    [InlineData("a.jpg", "", "image", "image/jpeg")]
    [InlineData("a.ICO", "", "image", "image/x-icon")]
    [InlineData("a.svgz", "", "image", "image/svg+xml")]
    [InlineData("a.mkv", "", "video", "video/x-matroska")]
    [InlineData("a.tif", "", "image", "image/tiff")]
    [InlineData("a", "GIF87a", "image", "image/gif")]
    [InlineData("a", "BM", "image", "image/bmp")]
    [InlineData("a", "II*\0", "image", "image/tiff")]
    [InlineData("a", "RIFF1234WEBP", "image", "image/webp")]
    [InlineData("a", "RIFF1234AVI ", "video", "video/x-msvideo")]
    [InlineData("a", "FLV", "video", "video/x-flv")]
    [InlineData("a", "0000ftypavif", "image", "image/avif")]
    [InlineData("a", "0000ftypqt  ", "video", "video/quicktime")]
    [InlineData("a", "0000ftypISOM", "video", "video/mp4")]
    [InlineData("a", "0000ftyp3gp6", "video", "video/3gpp")]
    [InlineData("a", "0000ftypmif1", "image", "image/heif")]
    [InlineData("a.zip", "text", "unknown", "")]
    [InlineData("a.sqlite", "text", "unknown", "")]
    [InlineData(".png", "text", "text", "text/plain")]
    [InlineData("a.d/b", "text", "text", "text/plain")]
    [InlineData("Makefile", "text", "text", "text/plain")]
    public void Types_are_told_by_name_and_content(string name, string header, string kind, string mime)
    {
        FileType type = FileTypes.Detect(name, Encoding.Latin1.GetBytes(header));
        Assert.Equal((kind, mime), (type.KindName, type.Mime));
    }

    [Fact]
    public void Line_ends_are_counted_whatever_the_blocks()
    {
        Random random = new(7);
        for (int round = 0; round < 200; round++)
        {
            byte[] bytes = new byte[random.Next(0, 300)];
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] = random.Next(4) switch { 0 => (byte)'\n', 1 => (byte)'\r', _ => (byte)'x' };
            }

            string text = Encoding.Latin1.GetString(bytes).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
            int expected = text.Count(static c => c == '\n');
            int cut = random.Next(0, bytes.Length + 1);
            int counted = LineCounter.Count(bytes.AsSpan(0, cut), false) + LineCounter.Count(bytes.AsSpan(cut), cut > 0 && bytes[cut - 1] == '\r');
            Assert.Equal(expected, counted);
        }
    }

    [Fact]
    public async Task A_large_file_is_not_held_in_memory()
    {
        // 48 MB, counted in parallel parts.
        byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(new string('x', 62) + "\r\n", 16 * 1024)));
        await using (FileStream file = File.Create(_bench.PathOf("large.log")))
        {
            for (int i = 0; i < 48; i++)
            {
                await file.WriteAsync(block, TestContext.Current.CancellationToken);
            }

            file.Write("end"u8);
        }

        await Read("large.log");
        long before = GC.GetTotalAllocatedBytes();
        ToolReturnValue result = await Read("large.log", 5, 3);
        long allocated = GC.GetTotalAllocatedBytes() - before;
        result.IsOk(Numbered(5, 7, static _ => new string('x', 62)), "3 lines read from file starting from line 5. Total lines in file: 786433.");

        // Other tests allocate meanwhile; keeping the 48 MB would show all the same.
        Assert.True(allocated < 40_000_000, $"{allocated} bytes");
        result = await Read("large.log", -2);
        Assert.Equal($"786432\t{new string('x', 62)}\n786433\tend", result.OutputText);
    }
}
