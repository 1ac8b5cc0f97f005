using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Text;

public sealed class JsonSchemaTests
{
    private const string Draft7 = "\"$schema\":\"http://json-schema.org/draft-07/schema#\"";

    private static JsonElement Json(string text) => JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 100_000 }).RootElement;

    private static bool Fits(string schema, string value)
    {
        var compiled = JsonSchema.Parse(Json(schema));
        bool listed = compiled.Validate(Json(value)).Count == 0;
        Assert.Equal(listed, compiled.IsValid(Json(value)));
        return listed;
    }

    [Theory]
    [InlineData("""{"type":"integer"}""", "1.0", true)]
    [InlineData("""{"type":"integer"}""", "1e2", true)]
    [InlineData("""{"type":"integer"}""", "1.5", false)]
    [InlineData("""{"type":"integer"}""", "123456789012345678901234567890", true)]
    [InlineData("""{"type":["string","null"]}""", "null", true)]
    [InlineData("""{"type":["string","null"]}""", "1", false)]
    [InlineData("""{"maximum":123456789012345678901234567890}""", "123456789012345678901234567891", false)]
    [InlineData("""{"maximum":123456789012345678901234567890}""", "1.2345678901234567890123456789e29", true)]
    [InlineData("""{"minimum":-0.1}""", "-0.10", true)]
    [InlineData("""{"minimum":-0.1}""", "-0.11", false)]
    [InlineData("""{"exclusiveMaximum":3}""", "3.0", false)]
    [InlineData("""{"multipleOf":0.01}""", "4.02", true)]
    [InlineData("""{"multipleOf":0.01}""", "4.021", false)]
    [InlineData("""{"multipleOf":3}""", "111111111111111111111111111111", true)]
    [InlineData("""{"multipleOf":7}""", "1e100000", false)]
    [InlineData("""{"multipleOf":0.5}""", "1e308", true)]
    [InlineData("""{"const":1}""", "1.0", true)]
    [InlineData("""{"const":false}""", "0", false)]
    [InlineData("""{"const":{"a":[1,{"b":2}],"c":3}}""", """{"c":3.0,"a":[1,{"b":2}]}""", true)]
    [InlineData("""{"enum":["a",{"x":1}]}""", """{"x":1}""", true)]
    [InlineData("""{"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}""", "14.0", true)]
    [InlineData("""{"enum":[1,2,3,4,5,6,7,8,9,10,11,12,13,14]}""", "15", false)]
    [InlineData("""{"maxLength":1}""", "\"\U0001F600\"", true)]
    [InlineData("""{"minLength":2}""", "\"\U0001F600\"", false)]
    [InlineData("""{"maxLength":2.0}""", "\"abc\"", false)]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"b":2,"a":1.0}]""", false)]
    [InlineData("""{"uniqueItems":true}""", """[1,true,"1",[1],{"1":1},null,0,false]""", true)]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}""", """["a",1,2]""", true)]
    [InlineData("""{"prefixItems":[{"type":"string"}],"items":false}""", """["a",1]""", false)]
    [InlineData("""{"items":[{"type":"string"}],"additionalItems":false}""", """["a",1]""", false)]
    [InlineData("""{"contains":{"type":"integer"},"minContains":2,"maxContains":3}""", """[1,"a",2]""", true)]
    [InlineData("""{"contains":{"type":"integer"},"minContains":2}""", """[1,"a"]""", false)]
    [InlineData("""{"contains":{"type":"integer"},"maxContains":1}""", """[1,2]""", false)]
    [InlineData("""{"contains":{"type":"integer"},"minContains":0}""", "[]", true)]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """{"a":1}""", false)]
    [InlineData("""{"dependentSchemas":{"a":{"required":["b"]}}}""", """{"a":1,"b":2}""", true)]
    [InlineData("""{"propertyNames":{"pattern":"^[a-z]+$"}}""", """{"A":1}""", false)]
    [InlineData("""{"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}""", """{"x-a":"1"}""", true)]
    [InlineData("""{"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}""", """{"y":"1"}""", false)]
    [InlineData("""{"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}}""", """{"k":"a","x":1}""", true)]
    [InlineData("""{"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}}""", """{"k":"b","x":1}""", false)]
    [InlineData("""{"not":{"type":"string"}}""", "\"a\"", false)]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":2}]}""", "3", false)]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":2}]}""", "2.5", true)]
    [InlineData("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"a":1}""", true)]
    [InlineData("""{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}""", """{"a":1,"b":2}""", false)]
    [InlineData("""{"anyOf":[{"properties":{"a":{"type":"string"}},"required":["a"]},{"properties":{"b":true}}],"unevaluatedProperties":false}""", """{"a":1}""", false)]
    [InlineData("""{"contains":{"type":"string"},"unevaluatedItems":{"type":"integer"}}""", """["a",1]""", true)]
    [InlineData("""{"prefixItems":[true],"unevaluatedItems":false}""", "[1,2]", false)]
    [InlineData("""{"format":"email"}""", "\"no mail\"", true)]
    [InlineData("""{"contentEncoding":"base64","contentMediaType":"application/json"}""", "\"%\"", true)]
    [InlineData("""{"$ref":"#/$defs/p~1q~0r","$defs":{"p/q~r":{"type":"integer"}}}""", "\"a\"", false)]
    [InlineData("""{"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"integer"}}}""", "\"a\"", false)]
    [InlineData("""{"$id":"http://x.test/root","$ref":"item","$defs":{"a":{"$id":"item","type":"integer"}}}""", "\"a\"", false)]
    [InlineData("""{"$ref":"http://nowhere.test/schema#/x"}""", "\"a\"", true)]
    [InlineData("""{"$ref":"https://json-schema.org/draft/2020-12/schema"}""", """{"type":"nonsense"}""", false)]
    [InlineData("""{"$ref":"http://json-schema.org/draft-07/schema#"}""", """{"type":"object"}""", true)]
    [InlineData("true", "1", true)]
    [InlineData("false", "1", false)]
    [InlineData("{}", "1", true)]
    public void Keywords_of_2020_12(string schema, string value, bool expected) => Assert.Equal(expected, Fits(schema, value));

    [Theory]
    [InlineData("""{%,"items":[{"type":"string"}],"additionalItems":{"type":"integer"}}""", """["a","b"]""", false)]
    [InlineData("""{%,"dependencies":{"a":["b"],"c":{"required":["d"]}}}""", """{"a":1}""", false)]
    [InlineData("""{%,"dependencies":{"a":["b"],"c":{"required":["d"]}}}""", """{"c":1}""", false)]
    [InlineData("""{%,"dependencies":{"a":["b"],"c":{"required":["d"]}}}""", """{"a":1,"b":1,"c":1,"d":1}""", true)]
    [InlineData("""{%,"$ref":"#/definitions/n","maximum":1,"definitions":{"n":{"type":"integer"}}}""", "5", true)]
    [InlineData("""{%,"allOf":[{"$ref":"#n"}],"definitions":{"n":{"$id":"#n","type":"integer"}}}""", "\"a\"", false)]
    [InlineData("""{%,"dependentRequired":{"a":["b"]},"unevaluatedProperties":false,"prefixItems":[false]}""", """{"a":1}""", true)]
    [InlineData("""{%,"contains":{"type":"integer"},"minContains":2}""", "[1]", true)]
    public void Keywords_of_draft_7(string schema, string value, bool expected) =>
        Assert.Equal(expected, Fits(schema.Replace("%", Draft7, StringComparison.Ordinal), value));

    [Theory]
    [InlineData("^\\d+$", "٣", false)]
    [InlineData("^\\d+$", "3\n", false)]
    [InlineData("^\\w+$", "é", false)]
    [InlineData("^\\s$", "\u00a0", true)]
    [InlineData("^\\S$", "\ufeff", false)]
    [InlineData("^.$", "\U0001F600", true)]
    [InlineData("^..$", "\U0001F600", false)]
    [InlineData("^[\U0001F600-\U0001F64F]$", "\U0001F601", true)]
    [InlineData("^[^\U0001F600-\U0001F64F]$", "\U0001F601", false)]
    [InlineData("^[^a]$", "\U0001F601", true)]
    [InlineData("^\\u{1F600}$", "\U0001F600", true)]
    [InlineData("^\\uD83D\\uDE00$", "\U0001F600", true)]
    [InlineData("^\\p{Letter}+$", "éß", true)]
    [InlineData("^\\p{Script=Greek}$", "α", true)]
    [InlineData("^a{2,}b{1}c{$", "aaabc{", true)]
    [InlineData("^[a-z0-9_.-]{1,3}$", "a.b-", false)]
    [InlineData("^(?:a|b)(?=c)(?<n>c)\\k<n>$", "acc", true)]
    [InlineData("^(?<!x)a\\/b\\-c$", "a/b-c", true)]
    [InlineData("\\bfoo\\b", "éfooé", true)]
    [InlineData("^[\\]\\\\]$", "\\", true)]
    [InlineData("[]", "a", false)]
    [InlineData("^[^]$", "\n", true)]
    [InlineData("^\\cA$", "\u0001", true)]
    [InlineData("(a)\\1", "aa", true)]
    [InlineData("(unclosed", "anything", true)]
    [InlineData("^\\p{Unheard}$", "anything", true)]
    public void Patterns_are_ecma_262(string pattern, string text, bool expected) =>
        Assert.Equal(expected, new EcmaPattern(pattern).IsMatch(text));

    [Fact]
    public void Slow_pattern_is_given_up_and_accepts()
    {
        var pattern = new EcmaPattern("^(a+)+$");
        string text = new string('a', 40) + "!";

        Assert.True(pattern.IsMatch(text));
        Assert.True(pattern.IsMatch("b"));
    }

    [Fact]
    public void Violations_name_place_expectation_and_kind()
    {
        var schema = JsonSchema.Parse(Json("""
            {"type":"object","required":["query","a/b"],"additionalProperties":false,"properties":{
              "query":{"type":"string"},"limit":{"type":"integer","minimum":1},"a/b":{"type":"array","items":{"enum":["x","y"]}},
              "id":{"anyOf":[{"type":"string","minLength":2},{"type":"null"}]}}}
            """));

        IReadOnlyList<JsonSchemaViolation> found = schema.Validate(Json("""{"limit":0,"a/b":["x",1],"id":"z","extra":null}"""));

        Assert.Equal(["", "/limit", "/a~1b/1", "/id", "/extra"], found.Select(v => v.InstancePath));
        Assert.Equal(["object", "integer", "integer", "string", "null"], found.Select(v => v.ActualKind));
        Assert.Equal("required property 'query' is missing", found[0].Message);
        Assert.Equal("a number of at least 1", found[1].Expected);
        Assert.Equal("expected one of \"x\", \"y\", got integer", found[2].Message);
        Assert.Equal("needs at least 2 characters, has 1", found[3].Message);
        Assert.Contains("unknown property 'extra'", found[4].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alternatives_are_told_in_short()
    {
        var schema = JsonSchema.Parse(Json("""{"anyOf":[{"type":"string"},{"type":"null"},{"$ref":"#/$defs/o"}],"$defs":{"o":{"type":"object","required":["id"]}}}"""));

        JsonSchemaViolation found = Assert.Single(schema.Validate(Json("3")));

        Assert.Equal("expected string or null or object with id, got integer", found.Message);
    }

    [Fact]
    public void No_more_violations_than_asked_for()
    {
        var schema = JsonSchema.Parse(Json("""{"items":{"type":"string"}}"""));
        JsonElement value = Json($"[{string.Join(',', Enumerable.Range(0, 1000))}]");

        Assert.Equal(5, schema.Validate(value).Count);
        Assert.Equal(2, schema.Validate(value, 2).Count);
    }

    [Fact]
    public void Schemas_that_refer_to_themselves_end()
    {
        Assert.True(Fits("""{"$ref":"#"}""", "1"));
        Assert.True(Fits("""{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}}""", "1"));
        Assert.False(Fits("""{"properties":{"n":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"n":{"v":1,"n":{}}}"""));
    }

    [Fact]
    public void Deep_values_and_schemas_do_not_end_the_process()
    {
        var tree = JsonSchema.Parse(Json("""{"items":{"$ref":"#"},"type":"array"}"""));
        string deep = new string('[', 5_000) + new string(']', 5_000);
        string deepSchema = string.Concat(Enumerable.Repeat("{\"not\":", 5_000)) + "true" + new string('}', 5_000);

        Assert.Throws<JsonSchemaException>(() => tree.Validate(Json(deep)));
        Assert.Throws<JsonSchemaException>(() => JsonSchema.Parse(Json(deepSchema)));
    }

    [Fact]
    public void Exponential_schemas_are_given_up()
    {
        var text = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
        for (int i = 0; i < 60; i++)
        {
            text.Append($"\"d{i}\":{{\"allOf\":[{{\"$ref\":\"#/$defs/d{i + 1}\"}},{{\"$ref\":\"#/$defs/d{i + 1}\"}}]}},");
        }

        var schema = JsonSchema.Parse(Json(text.Append("\"d60\":true}}").ToString()));

        Assert.Throws<JsonSchemaException>(() => schema.Validate(Json("1")));
    }

    [Fact]
    public void Unique_items_of_many_objects_are_not_compared_in_pairs()
    {
        var schema = JsonSchema.Parse(Json("""{"uniqueItems":true}"""));
        JsonElement value = Json("[" + string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"{{\"id\":{i}}}")) + "]");
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.True(schema.IsValid(value));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"object\"")]
    [InlineData("[]")]
    public void What_is_no_schema_is_refused(string schema)
    {
        Assert.Throws<JsonSchemaException>(() => JsonSchema.Parse(Json(schema)));
        Assert.NotEmpty(JsonSchema.CheckSchema(Json(schema)));
        Assert.Throws<JsonSchemaException>(() => JsonSchema.Defer(Json(schema)).IsValid(Json("1")));
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}""", null)]
    [InlineData("""{"type":"objekt"}""", "/type")]
    [InlineData("""{"properties":{"a":{"minLength":-1}}}""", "/properties/a/minLength")]
    [InlineData("""{"properties":{"a":{"pattern":"(("}}}""", "/properties/a/pattern")]
    [InlineData("""{"$defs":{"a":{"required":"b"}}}""", "/$defs/a/required")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}]}""", null)]
    [InlineData("""{"items":[{"type":"string"}]}""", "/items")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","definitions":{"a":{"type":1}}}""", "/definitions/a/type")]
    public void Schemas_are_checked_against_their_meta_schema(string schema, string? place) =>
        Assert.Equal(place, JsonSchema.CheckSchema(Json(schema)).Select(v => v.InstancePath).FirstOrDefault());

    [Fact]
    public void Lone_surrogates_in_values_are_texts_too()
    {
        Assert.True(Fits("""{"type":"string","maxLength":20}""", """
            "\ud800"
            """));
        Assert.True(Fits("""{"additionalProperties":{"type":"integer"}}""", """{"\udc00":1}"""));
    }

    [Fact]
    public void Unresolved_references_are_known()
    {
        var schema = JsonSchema.Parse(Json("""{"properties":{"a":{"$ref":"other.json"},"b":{"$ref":"#/$defs/none"}}}"""));

        Assert.Equal(["other.json", "#/$defs/none"], schema.UnresolvedReferences);
        Assert.True(schema.IsValid(Json("""{"a":1,"b":2}""")));
    }
}
