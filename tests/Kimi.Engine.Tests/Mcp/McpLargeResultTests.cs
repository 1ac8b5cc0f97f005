using System.Diagnostics;
using System.Globalization;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Results of tens of megabytes, in a process of their own that counts what it allocates.</summary>
public sealed class McpLargeResultTests : IDisposable
{
    private const long Size = 40_000_000;

    private readonly TempDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("deferred", "text", "start a line of a long text, with ü and ü ", " end", "characters are shown, the beginning above and the end below")]
    [InlineData("deferred", "array", "[0,{\"id\":12345,\"name\":\"an item\"},", "", "items shown: the output was truncated")]
    [InlineData("deferred", "blocks", "start x x x ", " end", "characters are shown, the beginning above and the end below")]
    [InlineData("deferred", "image", "an image", "get remaining content.]", "[Output truncated: exceeded 100000 character limit.")]
    [InlineData("deferred", "structured", "[0,{\"id\":12345,\"name\":\"an item\"},", "", "items shown: the output was truncated")]
    [InlineData("direct", "text", "start a line of a long text, with ü and ü ", "get remaining content.]", "[Output truncated: exceeded 100000 character limit.")]
    [InlineData("direct", "blocks", "start x x x ", "get remaining content.]", "[Output truncated: exceeded 100000 character limit.")]
    [InlineData("direct", "image", "an image", "get remaining content.]", "[Output truncated: exceeded 100000 character limit.")]
    public async Task Memory_stays_below_twice_the_result(string mode, string kind, string start, string end, string notice)
    {
        (string command, string[] arguments) = McpStdioServer.ProgramLine("serve-mcp-raw", "--plain");

        string shown = await MeasureAsync(mode, $$"""{"kind":"{{kind}}","bytes":{{Size}}}""", [command, .. arguments], kind == "blocks");

        Assert.StartsWith(start, shown, StringComparison.Ordinal);
        Assert.EndsWith(end, shown, StringComparison.Ordinal);
        Assert.Contains(notice, shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/json")]
    [InlineData("/events")]
    public async Task Memory_stays_below_twice_the_result_over_http(string path)
    {
        await using McpRawHttpServer server = await McpRawHttpServer.StartAsync();

        string shown = await MeasureAsync("deferred", $$"""{"bytes":{{Size}}}""", [server.Url + path]);

        Assert.StartsWith("start a line of a long text a line", shown, StringComparison.Ordinal);
        Assert.EndsWith(" a line of a long text  end", shown, StringComparison.Ordinal);
    }

    /// <summary>Runs the call; gives the text of its result.</summary>
    private async Task<string> MeasureAsync(string mode, string call, string[] server, bool isOfPieces = false)
    {
        (string command, string[] arguments) = McpStdioServer.ProgramLine(["measure-mcp-call", _directory.Path, mode, "huge", call, .. server]);
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = System.Text.Encoding.UTF8 },
        };
        process.Start();
        Task<string> errors = process.StandardError.ReadToEndAsync(Stop);
        string output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        Assert.True(process.ExitCode == 0, await errors);
        string[] fields = output.TrimEnd('\r', '\n').Split(' ', 5);
        long allocated = long.Parse(fields[0], CultureInfo.InvariantCulture);
        long grown = long.Parse(fields[1], CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"allocated {allocated / (double)Size:F2} times the result in all, grown by {grown / (double)Size:F2} times the result"));

        // All that was ever allocated, not only what was held at once. A million blocks are a few million strings, each soon
        // forgotten; how many, is also up to what the compiler has inlined by then.
        Assert.InRange(allocated, Size, isOfPieces ? 16 * Size : 2 * Size);
        Assert.InRange(grown, 0, 2 * Size);
        Assert.InRange(int.Parse(fields[2], CultureInfo.InvariantCulture), 1, 101_000);
        return fields[4];
    }
}
