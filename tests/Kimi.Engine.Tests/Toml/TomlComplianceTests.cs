using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Toml;

/// <summary>
/// The public compliance suite for TOML 1.0 (toml-lang/toml-test, see toml-cases.LICENSE), all of it:
/// reading, refusing, and writing back.
/// </summary>
public sealed class TomlComplianceTests
{
    private static readonly Lazy<Dictionary<string, JsonElement>> s_cases = new(Load);

    public static TheoryData<string> Valid => Names("valid/");

    public static TheoryData<string> Invalid => Names("invalid/");

    [Fact]
    public void The_suite_is_complete()
    {
        Assert.Equal(210, Valid.Count);
        Assert.Equal(499, Invalid.Count);
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void A_valid_document_has_the_expected_values(string name) =>
        AssertTable(Expected(name), TomlParser.Parse(Document(name)), name);

    [Theory]
    [MemberData(nameof(Invalid))]
    public void An_invalid_document_is_refused(string name)
    {
        byte[] document = Document(name);
        TomlException error = Assert.Throws<TomlException>(() => TomlParser.Parse(document));
        Assert.InRange(error.Line, 1, document.Count(b => b == '\n') + 1);
        Assert.True(error.Column >= 1);
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void A_document_survives_writing(string name)
    {
        string written = TomlWriter.Write(TomlParser.Parse(Document(name)));
        AssertTable(Expected(name), TomlParser.Parse(written), name);
    }

    [Theory]
    [MemberData(nameof(Valid))]
    public void A_table_built_from_values_is_written_correctly(string name)
    {
        string written = TomlWriter.Write((TomlTable)Build(Expected(name)));
        AssertTable(Expected(name), TomlParser.Parse(written), name);
    }

    private static Dictionary<string, JsonElement> Load()
    {
        using Stream stream = typeof(TomlComplianceTests).Assembly.GetManifestResourceStream("toml-cases.json")!;
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.Clone());
    }

    private static TheoryData<string> Names(string prefix) => [.. s_cases.Value.Keys.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))];

    private static byte[] Document(string name) => s_cases.Value[name].TryGetProperty("text", out JsonElement text)
        ? Encoding.UTF8.GetBytes(text.GetString()!)
        : s_cases.Value[name].GetProperty("base64").GetBytesFromBase64();

    private static JsonElement Expected(string name) => s_cases.Value[name].GetProperty("json");

    private static bool IsScalar(JsonElement json, out string type, out string value)
    {
        type = value = "";
        if (json.ValueKind != JsonValueKind.Object || json.EnumerateObject().Count() != 2
            || !json.TryGetProperty("type", out JsonElement t) || !json.TryGetProperty("value", out JsonElement v)
            || t.ValueKind != JsonValueKind.String || v.ValueKind != JsonValueKind.String)
        {
            return false;
        }

        (type, value) = (t.GetString()!, v.GetString()!);
        return true;
    }

    private static void AssertTable(JsonElement expected, TomlTable actual, string path)
    {
        Assert.True(
            expected.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)
                .SequenceEqual(actual.Select(p => p.Key).Order(StringComparer.Ordinal)),
            $"keys of {path}");
        foreach (JsonProperty property in expected.EnumerateObject())
        {
            AssertValue(property.Value, actual[property.Name], $"{path}.{property.Name}");
        }
    }

    private static void AssertValue(JsonElement expected, TomlValue actual, string path)
    {
        if (IsScalar(expected, out string type, out string value))
        {
            AssertScalar(type, value, Assert.IsType<TomlScalar>(actual), path);
        }
        else if (expected.ValueKind == JsonValueKind.Array)
        {
            TomlArray array = Assert.IsType<TomlArray>(actual);
            Assert.Equal(expected.GetArrayLength(), array.Count);
            for (int i = 0; i < array.Count; i++)
            {
                AssertValue(expected[i], array[i], $"{path}[{i}]");
            }
        }
        else
        {
            AssertTable(expected, Assert.IsType<TomlTable>(actual), path);
        }
    }

    private static void AssertScalar(string type, string value, TomlScalar actual, string path)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        bool equal = type switch
        {
            "string" => actual.Kind == TomlKind.String && actual.Text == value,
            "integer" => actual.Integer == long.Parse(value, culture),
            "float" => value.TrimStart('+', '-') switch
            {
                "nan" => double.IsNaN(actual.Float),
                "inf" => actual.Float == (value[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity),
                _ => actual.Float == double.Parse(value, culture),
            },
            "bool" => actual.Boolean == bool.Parse(value),
            "datetime" => actual.ToDateTimeOffset().EqualsExact(DateTimeOffset.Parse(value, culture)),
            "datetime-local" => actual.Kind == TomlKind.LocalDateTime && actual.ToDateTime() == DateTime.Parse(value, culture),
            "date-local" => actual.Kind == TomlKind.LocalDate && actual.ToDateTime() == DateTime.Parse(value, culture),
            "time-local" => actual.ToTimeOfDay() == TimeOnly.Parse(value, culture).ToTimeSpan(),
            _ => throw new InvalidDataException(type),
        };
        Assert.True(equal, $"{path}: expected {type} {value}");
    }

    private static TomlValue Build(JsonElement json)
    {
        if (IsScalar(json, out string type, out string value))
        {
            return type switch
            {
                "string" => value,
                "integer" => long.Parse(value, CultureInfo.InvariantCulture),
                "float" => value.TrimStart('+', '-') switch
                {
                    "nan" => double.NaN,
                    "inf" => value[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity,
                    _ => double.Parse(value, CultureInfo.InvariantCulture),
                },
                "bool" => bool.Parse(value),
                _ => TomlScalar.DateOrTime(value),
            };
        }

        if (json.ValueKind == JsonValueKind.Array)
        {
            var array = new TomlArray();
            foreach (JsonElement element in json.EnumerateArray())
            {
                array.Add(Build(element));
            }

            return array;
        }

        var table = new TomlTable();
        foreach (JsonProperty property in json.EnumerateObject())
        {
            table.Add(property.Name, Build(property.Value));
        }

        return table;
    }
}
