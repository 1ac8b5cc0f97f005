using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Toml;

/// <summary>What the compliance suite leaves open: places and texts of errors, limits, precision, order.</summary>
public sealed class TomlParserTests
{
    [Theory]
    [InlineData("a = 1\nb = 2\na = 3", 3, 1, "The key 'a' is defined twice")]
    [InlineData("a.b = 1\na.b = 2", 2, 1, "The key 'a.b' is defined twice")]
    [InlineData("[x]\n[y]\n[x]", 3, 1, "The table 'x' is defined twice")]
    [InlineData("a = 1\n[a]", 2, 1, "'a' is already defined and is no table")]
    [InlineData("a = []\n[[a]]", 2, 1, "'a' is already defined and is no array of tables")]
    [InlineData("a = 1\n[a.b]", 2, 1, "Cannot define a table inside 'a', which is a value")]
    [InlineData("[a.b]\n[a]\nb.c = 1", 3, 1, "Cannot add to 'b', which is already defined")]
    [InlineData("key", 1, 4, "Expected '=' after a key")]
    [InlineData("= 1", 1, 1, "Expected a key, found '='")]
    [InlineData("k = ", 1, 5, "Expected a value")]
    [InlineData("k = ,", 1, 5, "Expected a value, found ','")]
    [InlineData("k = yes", 1, 5, "Expected a value, found 'yes'")]
    [InlineData("k = sk-secret-key", 1, 5, "Expected a value; text must be in quotes")]
    [InlineData("k = 01", 1, 5, "Expected a value, found '01'")]
    [InlineData("k = tru", 1, 5, "Expected a value")]
    [InlineData("k = 9223372036854775808", 1, 23, "The integer does not fit into 64 bits")]
    [InlineData("k = \"ab\nc\"", 1, 5, "The string is not closed on its line")]
    [InlineData("\n k = '''ab\nc", 2, 6, "The string is not closed")]
    [InlineData("k = \"a\\qb\"", 1, 7, "Unknown escape '\\' followed by 'q'")]
    [InlineData("k = \"\\uD800\"", 1, 6, "A '\\u' escape needs 4 hexadecimal digits of a Unicode character")]
    [InlineData("k = \"\u0001\"", 1, 6, "The control character U+0001 is not allowed in a string")]
    [InlineData("# \u007F", 1, 3, "The control character U+007F is not allowed in a comment")]
    [InlineData("k = [1, 2", 1, 5, "The array is not closed")]
    [InlineData("k = [1 2]", 1, 8, "Expected ',' or ']' in an array")]
    [InlineData("k = {a = 1", 1, 11, "Expected ',' or '}' in an inline table")]
    [InlineData("k = 1 2", 1, 7, "Expected the end of the line, found '2'")]
    [InlineData("[a", 1, 3, "Expected ']' after the name of a table")]
    [InlineData("[[a]", 1, 4, "Expected ']]' after the name of an array of tables")]
    [InlineData("k = 2021-02-29", 1, 5, "Not a valid date")]
    [InlineData("k = 2021-02-28T25:00:00", 1, 5, "Not a valid date and time")]
    [InlineData("k = 12:60:00", 1, 5, "Not a valid time")]
    [InlineData("\"\"\"k\"\"\" = 1", 1, 1, "A key cannot be a multi-line string")]
    [InlineData("x = '\U0001F600' y", 1, 9, "Expected the end of the line, found 'y'")]
    public void An_error_names_the_place_and_the_problem(string document, int line, int column, string problem)
    {
        TomlException error = Assert.Throws<TomlException>(() => TomlParser.Parse(document));
        Assert.Equal($"{problem} (at line {line}, column {column})", error.Message);
        Assert.Equal((line, column), (error.Line, error.Column));
    }

    [Fact]
    public void Invalid_UTF8_is_refused_with_its_place()
    {
        byte[] document = [.. "a = 1\nb = 'ä"u8, 0xC3, 0x28, (byte)'\''];
        TomlException error = Assert.Throws<TomlException>(() => TomlParser.Parse(document));
        Assert.Equal("The text is not valid UTF-8 (at line 2, column 7)", error.Message);
    }

    [Theory]
    [InlineData("a = '%'", '\uD800')]
    [InlineData("a = \"%\"", '\uDC00')]
    [InlineData("# %", '\uD83D')]
    public void A_broken_surrogate_pair_is_refused(string document, char half)
    {
        TomlException error = Assert.Throws<TomlException>(() => TomlParser.Parse(document.Replace('%', half)));
        Assert.StartsWith("The text is not valid Unicode", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", "]", 100_000)]
    [InlineData("{a=", "}", 100_000)]
    public void Nesting_is_limited(string open, string close, int levels)
    {
        string deep = "a = " + string.Concat(Enumerable.Repeat(open, levels)) + "1" + string.Concat(Enumerable.Repeat(close, levels));
        Assert.StartsWith("The document is nested too deeply", Assert.Throws<TomlException>(() => TomlParser.Parse(deep)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", " = 1")]
    [InlineData("[", "]")]
    public void Key_depth_is_limited(string before, string after)
    {
        string Path(int depth) => before + string.Join('.', Enumerable.Repeat("a", depth)) + after;
        TomlParser.Parse(Path(128));
        Assert.Throws<TomlException>(() => TomlParser.Parse(Path(129)));
    }

    [Fact]
    public void A_hundred_levels_of_arrays_are_fine()
    {
        string deep = "a = " + new string('[', 100) + new string(']', 100);
        Assert.Equal(deep + "\n", TomlWriter.Write(TomlParser.Parse(deep)));
    }

    [Fact]
    public void Keys_keep_their_order_in_small_and_large_tables()
    {
        string[] keys = [.. Enumerable.Range(0, 40).Select(i => $"k{(i * 7) % 40}")];
        TomlTable table = TomlParser.Parse(string.Join('\n', keys.Select((k, i) => $"{k} = {i}")));
        Assert.Equal(keys, table.Select(p => p.Key));
        Assert.All(keys, (k, i) => Assert.Equal(i, ((TomlScalar)table[k]).Integer));

        Assert.True(table.Remove(keys[3]));
        Assert.False(table.Remove(keys[3]));
        table[keys[4]] = "changed";
        table[keys[3]] = "again";
        Assert.Equal([.. keys[..3], .. keys[4..], keys[3]], table.Select(p => p.Key));
        Assert.Equal("changed", ((TomlScalar)table.ValueAt(3)).Text);
        Assert.Throws<ArgumentException>(() => table.Add(keys[5], 1));
        Assert.Throws<KeyNotFoundException>(() => table["none"]);
    }

    [Theory]
    [InlineData("1979-05-27 07:32:00.123456789012z", "1979-05-27T07:32:00.123456789012Z", nameof(TomlKind.OffsetDateTime))]
    [InlineData("1979-05-27t07:32:00-07:30", "1979-05-27T07:32:00-07:30", nameof(TomlKind.OffsetDateTime))]
    [InlineData("1979-05-27T07:32:00.999999", "1979-05-27T07:32:00.999999", nameof(TomlKind.LocalDateTime))]
    [InlineData("0000-02-29", "0000-02-29", nameof(TomlKind.LocalDate))]
    [InlineData("23:59:60.5", "23:59:60.5", nameof(TomlKind.LocalTime))]
    public void Dates_and_times_keep_every_digit(string text, string kept, string kind)
    {
        var scalar = (TomlScalar)TomlParser.Parse($"v = {text} # c")["v"];
        Assert.Equal((kind, kept), (scalar.Kind.ToString(), scalar.Text));
        Assert.Equal($"v = {kept}\n", TomlWriter.Write(TomlParser.Parse($"v = {text}")));
    }

    [Fact]
    public void Date_values_are_truncated_to_ticks_and_take_leap_seconds()
    {
        Assert.Equal(
            new DateTimeOffset(1979, 5, 27, 7, 32, 0, new TimeSpan(-7, -30, 0)).AddTicks(1_234_567),
            TomlScalar.DateOrTime("1979-05-27T07:32:00.12345679999-07:30").ToDateTimeOffset());
        Assert.Equal(new DateTimeOffset(2017, 1, 1, 0, 0, 0, TimeSpan.Zero), TomlScalar.DateOrTime("2016-12-31T23:59:60Z").ToDateTimeOffset());
        Assert.Equal(new TimeSpan(0, 1, 2, 3, 500), TomlScalar.DateOrTime("01:02:03.5").ToTimeOfDay());
        Assert.Throws<TomlException>(() => TomlScalar.DateOrTime("12"));
        Assert.Throws<InvalidOperationException>(() => TomlScalar.DateOrTime("2016-12-31").ToTimeOfDay());
    }

    [Theory]
    [InlineData("100e-5", 0.001)]
    [InlineData("1e-5", 0.00001)]
    [InlineData("12e-1", 1.2)]
    [InlineData("-0.0", -0.0)]
    public void An_exponent_is_not_taken_for_a_date(string text, double value) =>
        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(((TomlScalar)TomlParser.Parse("v = " + text)["v"]).Float));

    [Fact]
    public void Line_ends_inside_multi_line_strings_are_kept()
    {
        TomlTable table = TomlParser.Parse("a = \"\"\"\r\nx\r\ny \\\r\n  \r\n z\"\"\"\r\nb = '''\nx\n'''");
        Assert.Equal("x\r\ny z", ((TomlScalar)table["a"]).Text);
        Assert.Equal("x\n", ((TomlScalar)table["b"]).Text);
    }

    [Fact]
    public void A_byte_order_mark_is_skipped()
    {
        Assert.Equal(1, ((TomlScalar)TomlParser.Parse([0xEF, 0xBB, 0xBF, .. "a = 1"u8])["a"]).Integer);
        Assert.Equal(1, ((TomlScalar)TomlParser.Parse("\uFEFFa = 1")["a"]).Integer);
        Assert.Throws<TomlException>(() => TomlParser.Parse("a = 1\n\uFEFF"));
    }

    [Fact]
    public void A_random_document_never_escapes_with_another_exception()
    {
        const string Alphabet = "ab.=[]{}\"'\\,#\n\r 0123456789-+:TZexuUinf_\u0000\u00E4\uD83D";
        var random = new Random(20240817);
        for (int round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 30); i > 0; i--)
            {
                text.Append(Alphabet[random.Next(Alphabet.Length)]);
            }

            TomlTable table;
            try
            {
                table = TomlParser.Parse(text.ToString());
            }
            catch (TomlException)
            {
                continue;
            }

            string written = TomlWriter.Write(table);
            Assert.Equal(written, TomlWriter.Write(TomlParser.Parse(written)));
        }
    }
}
