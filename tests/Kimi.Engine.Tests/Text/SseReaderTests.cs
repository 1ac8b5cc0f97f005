using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Text;

public sealed class SseReaderTests
{
    private const string Stream =
        "\uFEFFdata: one\n\n: comment\n\nevent: named\ndata:two\ndata: zwei é😀\nid: 7\nretry: 5\n\r\ndata\n\nevent: only\n\ndata: cr\r\rdata: crlf\r\n\r\ndatum: no\n\ndata:  two blanks\n\ndata: lost";

    private static readonly string[] s_expected = ["|one", "named|two\nzwei é😀", "|cr", "|crlf", "| two blanks"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_the_same_however_the_bytes_are_split()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Stream);
        for (int size = 1; size <= bytes.Length; size++)
        {
            Assert.Equal(s_expected, await ReadAsync(new Pieces(bytes, size)));
        }
    }

    [Fact]
    public async Task Events_beyond_the_buffer_are_read_whole()
    {
        string big = new('x', 100_000);

        Assert.Equal([$"|{big}\n{big}", "|next"], await ReadAsync(new Pieces(Encoding.UTF8.GetBytes($"data: {big}\ndata: {big}\n\ndata: next\n\n"), 999)));
    }

    private static async Task<List<string>> ReadAsync(Stream stream)
    {
        SseReader reader = new(stream);
        List<string> events = [];
        do
        {
            while (reader.TryRead())
            {
                events.Add(Encoding.UTF8.GetString(reader.Name) + "|" + Encoding.UTF8.GetString(reader.Data));
            }
        }
        while (reader.Filled(await reader.FillAsync(Token)));
        return events;
    }

    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(size, buffer.Length)], cancellationToken);
    }
}
