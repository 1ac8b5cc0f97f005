using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Text;

public sealed class DiffHunksTests
{
    [Theory]
    [InlineData("a\n", "a\n")]
    [InlineData("a", "a\n")]
    [InlineData("", "")]
    [InlineData("a\r\nb", "a\nb\n")]
    public void Texts_that_differ_at_most_in_line_ends_have_no_hunks(string before, string after) => Assert.Empty(DiffHunks.Between(before, after));

    [Fact]
    public void A_new_file_starts_at_line_one() => Assert.Equal([new DiffHunk("", "uno", 1, 1, false)], DiffHunks.Between("", "uno\n"));

    [Fact]
    public void An_emptied_file_starts_at_line_one() => Assert.Equal([new DiffHunk("a\nb", "", 1, 1, false)], DiffHunks.Between("a\nb\n", ""));

    [Fact]
    public void Hunks_have_three_lines_of_context_and_are_split_beyond_six_equal_lines()
    {
        string before = string.Concat(Enumerable.Range(1, 20).Select(static n => $"row {n}\n"));
        string after = before.Replace("row 2\n", "ROW 2\n", StringComparison.Ordinal).Replace("row 18", "ROW 18", StringComparison.Ordinal);
        Assert.Equal(
            [
                new DiffHunk("row 1\nrow 2\nrow 3\nrow 4\nrow 5", "row 1\nROW 2\nrow 3\nrow 4\nrow 5", 1, 1, false),
                new DiffHunk("row 15\nrow 16\nrow 17\nrow 18\nrow 19\nrow 20", "row 15\nrow 16\nrow 17\nROW 18\nrow 19\nrow 20", 15, 15, false),
            ],
            DiffHunks.Between(before, after));
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(7, 2)]
    public void Six_equal_lines_join_two_changes_and_seven_do_not(int equal, int hunks)
    {
        string middle = string.Concat(Enumerable.Range(1, equal).Select(static n => $"{n}\n"));
        Assert.Equal(hunks, DiffHunks.Between($"a\n{middle}b\n", $"A\n{middle}B\n").Count);
    }

    [Fact]
    public void Starts_of_later_hunks_count_inserted_lines()
    {
        string middle = string.Concat(Enumerable.Range(1, 10).Select(static n => $"{n}\n"));
        Assert.Equal(
            [new DiffHunk("1\n2\n3", "x\ny\n1\n2\n3", 1, 1, false), new DiffHunk("8\n9\n10\nend", "8\n9\n10", 8, 10, false)],
            DiffHunks.Between($"{middle}end\n", $"x\ny\n{middle}"));
    }

    [Fact]
    public void The_longest_block_is_kept_even_if_more_could_be_matched()
    {
        // A shortest edit script would keep "a" at the front and delete less.
        Assert.Equal(
            [new LineChange(false, 0, 2, 0, 0), new LineChange(true, 2, 5, 0, 3), new LineChange(false, 5, 5, 3, 5)],
            LineMatcher.Compare(["a", "b", "x", "y", "z"], ["x", "y", "z", "a", "b"]));
    }

    [Fact]
    public void The_first_of_equally_long_blocks_wins() =>
        Assert.Equal(
            [new LineChange(false, 0, 0, 0, 1), new LineChange(true, 0, 2, 1, 3)],
            LineMatcher.Compare(["a", "b"], ["a", "a", "b"]));

    [Fact]
    public void Unicode_line_separators_end_lines() =>
        Assert.Equal([new DiffHunk("a\nb\nc\nd", "a\nB\nc\nd", 1, 1, false)], DiffHunks.Between("a\u2028b\vc\u0085d", "a\u2028B\vc\u0085d"));

    [Theory]
    [InlineData(10_001, 3, "(10001 lines)", "(3 lines)")]
    [InlineData(3, 10_001, "(3 lines)", "(10001 lines)")]
    [InlineData(10_001, 10_001, "(10001 lines)", "(10001 lines, modified)")]
    public void Large_texts_are_only_counted(int before, int after, string old, string current) =>
        Assert.Equal(
            [new DiffHunk(old, current, 1, 1, true)],
            DiffHunks.Between(string.Concat(Enumerable.Repeat("a\n", before)), string.Concat(Enumerable.Repeat("b\n", after))));

    [Fact]
    public void Ten_thousand_lines_are_still_compared() =>
        Assert.False(Assert.Single(DiffHunks.Between(string.Concat(Enumerable.Repeat("a\n", 10_000)), string.Concat(Enumerable.Repeat("a\n", 9_999)) + "b")).IsSummary);
}
