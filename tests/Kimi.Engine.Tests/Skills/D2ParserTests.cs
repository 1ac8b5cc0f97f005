using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Tests.Skills;

public sealed class D2ParserTests
{
    [Theory]
    [InlineData("BEGIN -> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN -> a -> END: done", "BEGIN Begin 'BEGIN'; a Task 'a'; END End 'END'; BEGIN>a; a>END 'done'")]
    [InlineData("a: BEGIN\nb: \"END\"\na -> b", "a Begin 'BEGIN'; b End 'END'; a>b")]
    [InlineData("a: BEGIN # comment\n# all comment\na -> END # more", "a Begin 'BEGIN'; END End 'END'; a>END")]
    [InlineData("a: BEGIN { shape: oval\n  x -> y: { z }\n}\na -> END", "a Begin 'BEGIN'; END End 'END'; a>END")]
    [InlineData("BEGIN -> END: \"say \\\"x\\\" { # : -> \" {\n style.stroke: red\n}", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'say \"x\" { # : -> '")]
    [InlineData("BEGIN -> END: 'it''", null)]
    [InlineData("BEGIN \\\n  -> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN -> END\nBEGIN:", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("a: \"\"\nBEGIN -> a -> END: ''", "a Task 'a'; BEGIN Begin 'BEGIN'; END End 'END'; a>END; BEGIN>a")]
    [InlineData("BEGIN -> a/b.c-d -> END", "BEGIN Begin 'BEGIN'; a/b.c-d Task 'a/b.c-d'; END End 'END'; BEGIN>a/b.c-d; a/b.c-d>END")]
    [InlineData("a: don't stop\nBEGIN -> a -> END", "a Task 'don't stop'; BEGIN Begin 'BEGIN'; END End 'END'; a>END; BEGIN>a")]
    [InlineData("a: go -> there\nBEGIN -> a -> END", "a Task 'go -> there'; BEGIN Begin 'BEGIN'; END End 'END'; a>END; BEGIN>a")]
    [InlineData("BEGIN -> q\nq -> END: yes\nq -> BEGIN: no", "BEGIN Begin 'BEGIN'; q Decision 'q'; END End 'END'; BEGIN>q; q>END 'yes'; q>BEGIN 'no'")]
    public void Statements(string diagram, string? expected)
    {
        if (expected is null)
        {
            Assert.Throws<FlowException>(() => Parse(diagram));
        }
        else
        {
            Assert.Equal(expected, Parse(diagram));
        }
    }

    [Fact]
    public void MarkdownLabel()
    {
        Flow flow = D2Parser.Parse("""
            BEGIN -> work -> END
            work: |md  # a comment
              # Heading
                "quoted" and \back { brace

              last
            |
            """);
        Assert.Equal("# Heading\n  \"quoted\" and \\back { brace\n\nlast", flow.Nodes["work"].Label);
    }

    [Theory]
    [InlineData("a.shape: rectangle", "")]
    [InlineData("a.style.fill: red", "")]
    [InlineData("a.style-x: red", "")]
    [InlineData("a.b.tooltip: x", "")]
    [InlineData("a.foo.bar", "a.foo.bar")]
    [InlineData("a.shape", "a.shape")]
    [InlineData("a.foo: x", "a.foo")]
    [InlineData("a.style.fill -> b", "")]
    [InlineData("(BEGIN -> END)[0].style.opacity: 0.4", "")]
    public void PropertyPaths(string statement, string ids)
    {
        Flow flow = D2Parser.Parse("BEGIN -> END\n" + statement);
        Assert.Equal(ids, string.Join(' ', flow.Nodes.Keys.Where(id => id is not ("BEGIN" or "END"))));
    }

    [Theory]
    [InlineData("BEGIN -> END\n}", "Line 2: Unmatched '}'")]
    [InlineData("BEGIN -> END\na: {\n b", "Line 2: Unclosed '{' block")]
    [InlineData("BEGIN -> END\na: \"x", "Line 2: Unclosed string")]
    [InlineData("BEGIN -> END\n\na: |md\n text\n", "Line 3: Unclosed markdown block")]
    [InlineData("BEGIN -> END\n\"a b\" -> END", "Line 2: Invalid node id \"\"a b\"\"")]
    [InlineData("BEGIN -> END\n-a", "Line 2: Invalid node id \"-a\"")]
    [InlineData("BEGIN -> END\na ->", "Line 2: Invalid node id \"\"")]
    [InlineData("BEGIN -> END\na: \"x\" y", "Line 2: Unexpected trailing content")]
    [InlineData("a: one\na: two", "Line 2: Conflicting definition for node \"a\"")]
    [InlineData("a -> b", "Expected exactly one BEGIN node, found 0")]
    [InlineData("BEGIN -> a", "Expected exactly one END node, found 0")]
    [InlineData("BEGIN -> a -> END\na -> BEGIN: x", "Node \"a\" has an unlabeled edge")]
    public void ExactErrors(string diagram, string message) =>
        Assert.Equal(message, Assert.Throws<FlowException>(() => Parse(diagram)).Message);

    private static string Parse(string diagram) => FlowTestText.Of(D2Parser.Parse(diagram));
}
