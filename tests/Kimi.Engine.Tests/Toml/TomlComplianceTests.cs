using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Toml;

/// <summary>
/// The public compliance suite for TOML 1.0 (toml-lang/toml-test), all of it, from a checkout named by KIMI_TOML_SUITE: reading,
/// refusing, and writing back.
/// </summary>
public sealed class TomlComplianceTests
{
    [Fact]
    public void The_suite_passes()
    {
        string? root = Environment.GetEnvironmentVariable("KIMI_TOML_SUITE");
        if (string.IsNullOrEmpty(root))
        {
            Assert.Skip("KIMI_TOML_SUITE names no checkout of toml-lang/toml-test");
        }

        string tests = Path.Join(root, "tests");
        string[] documents = [.. File.ReadAllLines(Path.Join(tests, "files-toml-1.0.0")).Where(static line => line.EndsWith(".toml", StringComparison.Ordinal))];
        List<string> failures = [];
        foreach (string name in documents)
        {
            try
            {
                byte[] document = File.ReadAllBytes(Path.Join(tests, name));
                if (name.StartsWith("valid/", StringComparison.Ordinal))
                {
                    using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.ChangeExtension(Path.Join(tests, name), ".json")));
                    CheckValid(name, document, expected.RootElement);
                }
                else
                {
                    CheckInvalid(document);
                }
            }
            catch (Exception e)
            {
                failures.Add($"{name}: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {documents.Length} failed\n{string.Join('\n', failures)}");
        Assert.True(documents.Length > 600, $"only {documents.Length} documents");
    }

    private static void CheckValid(string name, byte[] document, JsonElement expected)
    {
        TomlTable table = TomlParser.Parse(document);
        AssertTable(expected, table, name);
        AssertTable(expected, TomlParser.Parse(TomlWriter.Write(table)), name);
        AssertTable(expected, TomlParser.Parse(TomlWriter.Write((TomlTable)Build(expected))), name);
    }

    private static void CheckInvalid(byte[] document)
    {
        TomlException error = Assert.Throws<TomlException>(() => TomlParser.Parse(document));
        Assert.InRange(error.Line, 1, document.Count(static b => b == '\n') + 1);
        Assert.True(error.Column >= 1);
    }

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
