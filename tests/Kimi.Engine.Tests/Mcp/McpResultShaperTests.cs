using System.Diagnostics;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpResultShaperTests
{
    private static string Shape(string text, int max = 12000) =>
        Assert.IsType<TextPart>(Assert.Single(Shape([new TextPart(text)], max))).Text;

    private static IReadOnlyList<ContentPart> Shape(IReadOnlyList<ContentPart> parts, int max)
    {
        var shaper = new McpResultShaper(max);
        new McpCallResult(parts, false, null).Walk(shaper, withStructured: true);
        return shaper.Finish();
    }

    private static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"line number {i} of many\n"));

    [Fact]
    public void What_fits_keeps_its_parts()
    {
        IReadOnlyList<ContentPart> parts = [new TextPart("a"), new ImageUrlPart("data:x"), new TextPart("b")];

        Assert.Equal(parts, Shape(parts, 2));
    }

    [Fact]
    public void Long_text_keeps_head_and_tail_and_says_so()
    {
        string text = Lines(8000);
        string shaped = Shape(text);
        int notice = shaped.IndexOf("\n\n[Output truncated", StringComparison.Ordinal);
        int end = shaped.IndexOf("]\n\n", notice, StringComparison.Ordinal) + 3;

        Assert.StartsWith(shaped[..notice], text, StringComparison.Ordinal);
        Assert.EndsWith(shaped[end..], text, StringComparison.Ordinal);
        Assert.InRange(notice + shaped.Length - end, 11_000, 12_000);
        Assert.InRange(end - notice, 1, 400);
        Assert.EndsWith("\n", shaped[..notice], StringComparison.Ordinal);
        Assert.StartsWith("line number", shaped[end..], StringComparison.Ordinal);
        Assert.Contains(text.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), shaped[notice..end], StringComparison.Ordinal);
        Assert.Contains("filter", shaped[notice..end], StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_are_code_points_and_never_split()
    {
        string text = string.Concat(Enumerable.Repeat("\U0001F600", 1000));

        string shaped = Shape(text, 100);

        Assert.StartsWith(string.Concat(Enumerable.Repeat("\U0001F600", 60)) + "\n\n[", shaped, StringComparison.Ordinal);
        Assert.EndsWith("]\n\n" + string.Concat(Enumerable.Repeat("\U0001F600", 40)), shaped, StringComparison.Ordinal);
        Assert.Equal(text, Shape(text, 1000));
    }

    [Fact]
    public void Line_ends_of_two_characters_are_not_split()
    {
        string text = new string('a', 59) + "\r\n" + new string('b', 1000);

        string shaped = Shape(text, 100);

        Assert.StartsWith(new string('a', 59) + "\n\n[", shaped, StringComparison.Ordinal);
    }

    [Fact]
    public void Array_keeps_whole_leading_items_as_written()
    {
        string items = string.Join(",\n  ", Enumerable.Range(0, 2000).Select(i => $$"""{"id": {{i}}.50, "t": "],[\"{{i}}"}"""));
        string shaped = Shape($"  [\n  {items}\n]\n", 1000);
        int note = shaped.IndexOf("\n\n[", StringComparison.Ordinal);

        using JsonDocument kept = JsonDocument.Parse(shaped[..note]);

        int count = kept.RootElement.GetArrayLength();
        Assert.InRange(count, 10, 60);
        Assert.InRange(note, 900, 1000);
        Assert.Equal("0.50", kept.RootElement[0].GetProperty("id").GetRawText());
        Assert.Contains($"{count} of 2000 items shown", shaped, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"%\",1]")]
    [InlineData("[1,2,%]")]
    [InlineData("[1,2,\"%\"")]
    [InlineData("[\"%\"]")]
    [InlineData("{\"a\":[1,2,\"%\"]}")]
    public void What_is_no_array_of_small_items_is_cut_in_the_middle(string pattern)
    {
        string text = pattern.Replace("%", new string('x', 5000), StringComparison.Ordinal);

        Assert.Contains("[Output truncated", Shape(text, 500), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", true, 0)]
    [InlineData(" [ 1 , -2.5e+3 , true , null , \"a\\u00e9\\n\" , {} , [] , {\"a\":{\"b\":[1,[2]]}} ] ", true, 8)]
    [InlineData("[1,]", false, 1)]
    [InlineData("[01]", false, 0)]
    [InlineData("[1] x", false, 1)]
    [InlineData("[\"a\nb\"]", false, 0)]
    [InlineData("[{\"a\" 1}]", false, 0)]
    [InlineData("[{\"a\":1,}]", false, 0)]
    [InlineData("[[1,2}]", false, 0)]
    [InlineData("[tru]", false, 0)]
    [InlineData("[1.]", false, 0)]
    [InlineData("[\"\\x\"]", false, 0)]
    [InlineData("", false, 0)]
    public void Arrays_are_scanned_strictly(string text, bool valid, int count)
    {
        // However the text is cut, the answer is the same.
        for (int size = 1; size <= text.Length + 1; size++)
        {
            var scanner = new JsonArrayScanner();
            for (int at = 0; at < text.Length; at += size)
            {
                scanner.Feed(text.AsSpan(at, Math.Min(size, text.Length - at)));
            }

            Assert.Equal(valid, scanner.IsComplete);
            if (valid)
            {
                Assert.Equal(count, scanner.Count);
                Assert.All(scanner.Ends, end => Assert.Contains(text[end], ", ]"));
            }
        }
    }

    [Fact]
    public void Several_texts_are_shaped_as_one_and_media_follow()
    {
        var image = new ImageUrlPart("data:image/png;base64,AA");

        IReadOnlyList<ContentPart> shaped = Shape([new TextPart(new string('a', 300)), image, new TextPart(new string('b', 300))], 100);

        string text = Assert.IsType<TextPart>(shaped[0]).Text;
        Assert.StartsWith(new string('a', 60) + "\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n" + new string('b', 40), text, StringComparison.Ordinal);
        Assert.Equal(image, Assert.Single(shaped.Skip(1)));
    }

    [Fact]
    public void Binary_characters_are_replaced() => Assert.Equal("a\ufffdb\t\u001b[0m", Shape("a\0b\t\u001b[0m"));

    [Fact]
    public void No_limit_is_the_hard_limit()
    {
        Assert.Equal(100_000, Shape(new string('x', 100_000), 0).Length);
        Assert.InRange(Shape(new string('x', 200_000), 0).Length, 100_000, 100_400);
    }

    [Fact]
    public void A_large_result_is_shaped_in_milliseconds()
    {
        string text = Lines(7000);
        string array = "[" + string.Join(',', Enumerable.Range(0, 4000).Select(i => $"{{\"method\":\"name{i}\",\"n\":{i}}}")) + "]";
        double best = double.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            var watch = Stopwatch.StartNew();
            Shape(text);
            Shape(array);
            best = Math.Min(best, watch.Elapsed.TotalMilliseconds);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{best:F2} ms");
        Assert.True(best <= 10, $"{best} ms for two results");
    }

    [Fact]
    public void A_huge_result_is_not_copied()
    {
        string text = new('y', 50_000_000);
        IReadOnlyList<ContentPart> parts = [new TextPart(text), new TextPart(text)];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Shape(parts, 12000);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }
}
