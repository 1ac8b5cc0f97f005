using Kimi.Engine.Chat;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Tests.Tools;

public sealed class ToolResultBuilderTests
{
    [Fact]
    public void The_whole_is_cut_with_a_marker()
    {
        ToolResultBuilder builder = new(maxChars: 10);
        Assert.Equal(5, builder.Write("Hello"));
        Assert.Equal(14, builder.Write(" world!"));
        Assert.Equal("Hello[...truncated]", builder.Output);
        Assert.True(builder.IsFull);
        Assert.Equal(0, builder.Write("more"));
        Assert.Equal(0, builder.Write(""));
    }

    [Fact]
    public void A_line_is_cut_and_keeps_its_line_break()
    {
        ToolResultBuilder builder = new(maxLineLength: 20);
        Assert.Equal(20, builder.Write("This is a very long line indeed\n"));
        Assert.Equal("This [...truncated]\n", builder.Output);
        Assert.Equal(1, builder.LineCount);
        Assert.Equal(20, builder.Write(new string('x', 30) + "\r\n"));
        Assert.EndsWith("xxxx[...truncated]\r\n", builder.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_code_points()
    {
        ToolResultBuilder builder = new(maxLineLength: 16);
        Assert.Equal(16, builder.Write(string.Concat(Enumerable.Repeat("😀", 16))));
        Assert.False(builder.IsTruncated);
        Assert.Equal(17, builder.Write("\n" + string.Concat(Enumerable.Repeat("😀", 17))));
        Assert.EndsWith("\n😀😀[...truncated]", builder.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r")]
    [InlineData("\v")]
    [InlineData("\f")]
    [InlineData("\u001c")]
    [InlineData("\u0085")]
    [InlineData("\u2028")]
    public void Lines_end_at_every_terminator_but_only_line_feeds_are_counted(string end)
    {
        ToolResultBuilder builder = new(maxLineLength: 20);
        builder.Write(new string('a', 15) + end + new string('b', 15));
        Assert.False(builder.IsTruncated);
        Assert.Equal(0, builder.LineCount);
    }

    [Fact]
    public void Without_a_line_limit_only_the_whole_is_cut()
    {
        ToolResultBuilder builder = new(maxLineLength: null);
        builder.Write(new string('a', 50_001));
        Assert.Equal(50_000, builder.Length);
        Assert.EndsWith("a[...truncated]", builder.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_success_ends_with_a_full_stop_and_an_error_does_not()
    {
        ToolResultBuilder builder = new();
        Assert.Equal("Done.", builder.Ok("Done").Message);
        Assert.Equal("Done.", builder.Ok("Done.").Message);
        Assert.Equal("", builder.Ok().Message);
        Assert.Equal("Failed", builder.Error("Failed", "b").Message);
        Assert.True(builder.Error("Failed", "b").IsError);
    }

    [Fact]
    public void Messages_say_that_the_output_was_cut()
    {
        ToolResultBuilder builder = new(maxChars: 3);
        builder.Write("abcdef");
        Assert.Equal("Done. Output is truncated to fit in the message.", builder.Ok("Done").Message);
        Assert.Equal("Output is truncated to fit in the message.", builder.Ok().Message);
        Assert.Equal("Failed Output is truncated to fit in the message.", builder.Error("Failed", "b").Message);
    }

    [Fact]
    public void The_brief_comes_before_other_blocks()
    {
        ToolResultBuilder builder = new();
        builder.Show(new ShellBlock("bash", "ls"));
        Assert.Equal([new BriefBlock("brief"), new ShellBlock("bash", "ls")], builder.Ok("m", "brief").Display);
        Assert.Equal([new ShellBlock("bash", "ls")], builder.Ok("m").Display);
    }

    [Fact]
    public void The_tail_has_the_last_lines_that_are_not_blank()
    {
        ToolResultBuilder builder = new();
        builder.Write("1\n2\n3\n\n4  \n   \n5\n" + new string('x', 201) + "\n6\n\n");
        Assert.Equal($"3\n4\n5\n{new string('x', 200)}...\n6", builder.Tail());
    }
}
