using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Toml;

public sealed class TomlWriterTests
{
    [Fact]
    public void Plain_keys_come_first_then_tables_each_in_order()
    {
        var table = new TomlTable
        {
            { "t", new TomlTable { { "x", 1 } } },
            { "a", "text" },
            { "outer", new TomlTable { { "inner", new TomlTable { { "on", true } } } } },
            { "empty", new TomlTable() },
            { "hooks", new TomlArray() },
            { "list", new TomlArray { 1, 2.0, new TomlTable { { "k", "v" } }, new TomlTable() } },
            { "rows", new TomlArray { new TomlTable { { "n", 1 } }, new TomlTable { { "n", 2 }, { "sub", new TomlTable { { "z", 0.5 } } } } } },
        };

        Assert.Equal(
            """
            a = "text"
            hooks = []
            list = [1, 2.0, { k = "v" }, {}]

            [t]
            x = 1

            [outer.inner]
            on = true

            [empty]

            [[rows]]
            n = 1

            [[rows]]
            n = 2

            [rows.sub]
            z = 0.5

            """,
            TomlWriter.Write(table));
    }

    [Theory]
    [InlineData("bare-key_1", "bare-key_1")]
    [InlineData("", "\"\"")]
    [InlineData("a.b", "\"a.b\"")]
    [InlineData("managed:kimi", "\"managed:kimi\"")]
    [InlineData("kimi/k2", "\"kimi/k2\"")]
    [InlineData("ä", "\"ä\"")]
    public void A_key_is_quoted_when_it_must_be(string key, string written)
    {
        Assert.Equal($"{written} = 1\n", TomlWriter.Write(new TomlTable { { key, 1 } }));
        Assert.Equal($"[{written}.{written}]\n", TomlWriter.Write(new TomlTable { { key, new TomlTable { { key, new TomlTable() } } } }));
    }

    [Theory]
    [InlineData("plain ä \U0001F600 'x'", "\"plain ä \U0001F600 'x'\"")]
    [InlineData("q\" b\\ n\n t\t r\r b\b f\f", "\"q\\\" b\\\\ n\\n t\\t r\\r b\\b f\\f\"")]
    [InlineData("\u0000\u001F\u007F", "\"\\u0000\\u001F\\u007F\"")]
    public void A_string_is_escaped(string value, string written) =>
        Assert.Equal($"k = {written}\n", TomlWriter.Write(new TomlTable { { "k", value } }));

    [Theory]
    [InlineData(1.0, "1.0")]
    [InlineData(0.85, "0.85")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(1e300, "1E+300")]
    [InlineData(1e-7, "1E-07")]
    [InlineData(double.NaN, "nan")]
    [InlineData(double.PositiveInfinity, "inf")]
    [InlineData(double.NegativeInfinity, "-inf")]
    public void A_float_stays_a_float(double value, string written)
    {
        Assert.Equal($"k = {written}\n", TomlWriter.Write(new TomlTable { { "k", value } }));
        Assert.Equal(value, ((TomlScalar)TomlParser.Parse($"k = {written}")["k"]).Float);
    }

    [Fact]
    public void Scalars_refuse_to_be_read_as_another_type()
    {
        Assert.Throws<InvalidOperationException>(() => new TomlScalar("1").Integer);
        Assert.Throws<InvalidOperationException>(() => new TomlScalar(1L).Text);
        Assert.Throws<InvalidOperationException>(() => new TomlScalar(1L).Float);
        Assert.Throws<InvalidOperationException>(() => new TomlScalar(1L).Boolean);
    }
}
