using System.Text;
using Kimi.Cli.Serving;

namespace Kimi.Cli.Tests.Serving;

public sealed class InputLinesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a\nb\n", "a", "b")]
    [InlineData("a\n\nb", "a", "", "b")]
    [InlineData("\r\nx\r\n", "\r", "x\r")]
    public void Lines_end_at_newlines_and_at_the_end(string text, params string[] lines)
    {
        Assert.Equal(lines, Read(text, 1));
        Assert.Equal(lines, Read(text, 1000));
    }

    [Fact]
    public void Long_lines_grow_the_buffer()
    {
        string[] lines = [new string('a', 70_000), "b", new string('c', 400_000), "d"];
        Assert.Equal(lines, Read(string.Join('\n', lines), 1 << 15));
    }

    [Fact]
    public void An_overlong_line_is_reported_and_the_next_one_read()
    {
        string text = $"first\n{new string('x', 300_000)}\nlast\n{new string('y', 300_000)}";
        InputLines lines = new(new Slow(Encoding.UTF8.GetBytes(text), 1 << 15), longest: 200_000);
        List<string> seen = [];
        while (lines.TryRead(out ReadOnlyMemory<byte> line, out bool tooLong))
        {
            seen.Add(tooLong ? "TOO LONG" : Encoding.UTF8.GetString(line.Span));
        }

        Assert.Equal(["first", "TOO LONG", "last", "TOO LONG"], seen);
    }

    [Fact]
    public void A_line_of_exactly_the_limit_is_fine()
    {
        InputLines lines = new(new Slow(Encoding.UTF8.GetBytes("12345\n123456\n"), 3), longest: 5);
        Assert.True(lines.TryRead(out _, out bool tooLong));
        Assert.False(tooLong);
        Assert.True(lines.TryRead(out _, out tooLong));
        Assert.True(tooLong);
    }

    private static List<string> Read(string text, int chunk)
    {
        InputLines lines = new(new Slow(Encoding.UTF8.GetBytes(text), chunk));
        List<string> seen = [];
        while (lines.TryRead(out ReadOnlyMemory<byte> line, out bool tooLong))
        {
            Assert.False(tooLong);
            seen.Add(Encoding.UTF8.GetString(line.Span));
        }

        return seen;
    }

    private sealed class Slow(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, chunk));
    }
}
