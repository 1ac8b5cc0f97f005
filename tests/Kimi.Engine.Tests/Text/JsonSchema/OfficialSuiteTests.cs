using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Text;

/// <summary>
/// The JSON-Schema-Test-Suite, from a checkout named by KIMI_JSON_SCHEMA_SUITE: all of both drafts but formats, remote
/// references and $dynamicRef.
/// </summary>
public sealed class OfficialSuiteTests
{
    private static readonly HashSet<string> s_excepted = ["refRemote.json", "dynamicRef.json", "vocabulary.json"];

    // No format is an assertion here, an unknown $schema means 2020-12, and a schema never changes the draft of another.
    private static readonly HashSet<string> s_optional =
    [
        "bignum.json", "float-overflow.json", "non-bmp-regex.json", "ecmascript-regex.json", "dependencies-compatibility.json",
        "refOfUnknownKeyword.json", "unknownKeyword.json", "anchor.json", "id.json", "no-schema.json", "cross-draft.json",
    ];

    [Theory]
    [InlineData("draft7", "http://json-schema.org/draft-07/schema#")]
    [InlineData("draft2020-12", "https://json-schema.org/draft/2020-12/schema")]
    public void Suite_passes(string draft, string dialect)
    {
        string? root = Environment.GetEnvironmentVariable("KIMI_JSON_SCHEMA_SUITE");
        if (string.IsNullOrEmpty(root))
        {
            Assert.Skip("KIMI_JSON_SCHEMA_SUITE names no checkout of the JSON-Schema-Test-Suite");
        }

        string folder = Path.Combine(root, "tests", draft);
        var failures = new List<string>();
        int count = 0;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").Where(f => !s_excepted.Contains(Path.GetFileName(f)))
            .Concat(Directory.EnumerateFiles(Path.Combine(folder, "optional"), "*.json").Where(f => s_optional.Contains(Path.GetFileName(f)))))
        {
            using JsonDocument cases = JsonDocument.Parse(File.ReadAllBytes(file));
            foreach (JsonElement group in cases.RootElement.EnumerateArray())
            {
                string text = group.GetProperty("schema").GetRawText();
                if (text.Contains("localhost:1234", StringComparison.Ordinal) || (text.Contains("\"regex\"", StringComparison.Ordinal) && file.EndsWith("ecmascript-regex.json", StringComparison.Ordinal)))
                {
                    continue;
                }

                if (draft == "draft7" && text[0] == '{' && !text.Contains("$schema", StringComparison.Ordinal))
                {
                    text = $"{{\"$schema\":\"{dialect}\"{(text.Trim('{', '}').Trim().Length == 0 ? "" : ",")}{text[1..]}";
                }

                using JsonDocument schema = JsonDocument.Parse(text);
                var compiled = JsonSchema.Parse(schema.RootElement);
                foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
                {
                    count++;
                    bool expected = test.GetProperty("valid").GetBoolean();
                    IReadOnlyList<JsonSchemaViolation> found = compiled.Validate(test.GetProperty("data"));
                    if (expected != (found.Count == 0) || expected != compiled.IsValid(test.GetProperty("data")))
                    {
                        failures.Add($"{Path.GetFileName(file)}: {group.GetProperty("description")}: {test.GetProperty("description")}: expected {expected}");
                    }
                }
            }
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {count} failed\n" + string.Join('\n', failures));
        Assert.True(count > 900, $"only {count} cases");
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} cases");
    }
}
