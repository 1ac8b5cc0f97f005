using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Tests.Skills;

public sealed class MermaidParserTests
{
    [Fact]
    public void TheRecordedExample() => Assert.Equal(
        "A Begin 'BEGIN'; W Task 'polish'; Q Decision 'good enough?'; Z End 'END'; A>W; W>Q; Q>W 'no'; Q>Z 'yes'",
        Parse("flowchart LR\nA([BEGIN]) --> W[polish]\nW --> Q{good enough?}\nQ -->|no| W\nQ -->|yes| Z([END])\n"));

    [Theory]
    [InlineData("B[begin]\nE( End )\nB --> E", "B Begin 'begin'; E End 'End'; B>E")]
    [InlineData("BEGIN --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN-->END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN -.-> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN ==> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN ------> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN --- END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN-->|go|END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'go'")]
    [InlineData("BEGIN -- go on --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'go on'")]
    [InlineData("BEGIN -. go .-> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'go'")]
    [InlineData("BEGIN == go ==> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'go'")]
    [InlineData("BEGIN -- a > b --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'a > b'")]
    [InlineData("BEGIN -->|\"a > b\"| END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END 'a > b'")]
    [InlineData("BEGIN --- M --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN --> M --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN --> END;", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("BEGIN:::red --> END:::blue", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("a-b_1[BEGIN] --> 9[END]", "a-b_1 Begin 'BEGIN'; 9 End 'END'; a-b_1>9")]
    [InlineData("BEGIN --> END %% comment --> X", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    [InlineData("%% only comment\n\nBEGIN --> END", "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END")]
    public void Edges(string diagram, string expected) => Assert.Equal(expected, Parse(diagram));

    [Theory]
    [InlineData("M[ two words ]", "two words")]
    [InlineData("M(round)", "round")]
    [InlineData("M{choice}", "choice")]
    [InlineData("M([pill])", "pill")]
    [InlineData("M[\"quoted ] \\\"text\\\" \\\\ \"]", "quoted ] \"text\" \\ ")]
    [InlineData("M[\"100 %% > 50 | :::x\"]", "100 %% > 50 | :::x")]
    [InlineData("M[a > b]", "a > b")]
    [InlineData("M", "M")]
    public void Labels(string node, string label)
    {
        Assert.Equal($"BEGIN Begin 'BEGIN'; M Task '{label}'; END End 'END'; BEGIN>M; M>END", Parse($"BEGIN --> {node}\nM --> END"));
        Assert.Equal($"M Task '{label}'; BEGIN Begin 'BEGIN'; END End 'END'; M>END; BEGIN>M", Parse($"{node}\nBEGIN --> M\nM --> END"));
    }

    [Fact]
    public void IgnoredLines() => Assert.Equal(
        "BEGIN Begin 'BEGIN'; END End 'END'; BEGIN>END",
        Parse("""
            Graph TD
            FLOWCHART LR
            subgraph one
            direction LR
            BEGIN --> END
            end
            classDef red fill:#f00
            Class BEGIN red
            style BEGIN fill:#fff
            linkStyle 0 stroke:#000
            click BEGIN "http://x"
            [no node]
            """));

    [Fact]
    public void LaterLabelReplacesImplicitOne() => Assert.Equal(
        "A Begin 'BEGIN'; M Task 'work'; B End 'END'; A>M; M>B", Parse("A --> M\nM --> B[END]\nA[BEGIN]\nM[work]\nM"));

    [Theory]
    [InlineData("BEGIN --> A[one]\nA[two] --> END", "Line 2: Conflicting definition for node \"A\"")]
    [InlineData("A --> B", "Expected exactly one BEGIN node, found 0")]
    [InlineData("A[BEGIN] --> B[begin]", "Expected exactly one BEGIN node, found 2")]
    [InlineData("BEGIN --> B", "Expected exactly one END node, found 0")]
    [InlineData("BEGIN --> A[END]\nBEGIN --> B[END]", "Expected exactly one END node, found 2")]
    [InlineData("BEGIN --> A\nA --> END\nA -->|x| BEGIN", "Node \"A\" has an unlabeled edge")]
    [InlineData("BEGIN --> A\nA -->|x| END\nA -->|x| BEGIN", "Node \"A\" has duplicate edge labels")]
    [InlineData("BEGIN --> A\nB --> END", "END node is not reachable from BEGIN")]
    public void ExactErrors(string diagram, string message) =>
        Assert.Equal(message, Assert.Throws<FlowException>(() => Parse(diagram)).Message);

    [Theory]
    [InlineData("graph TD\nBEGIN -->")]
    [InlineData("graph TD\n--> END")]
    [InlineData("graph TD\nBEGIN[open --> END")]
    [InlineData("graph TD\nBEGIN[] --> END")]
    [InlineData("graph TD\nBEGIN[\"x] --> END")]
    [InlineData("graph TD\nBEGIN[\"x\" y] --> END")]
    public void ParseErrorsNameTheLine(string diagram) =>
        Assert.StartsWith("Line 2: ", Assert.Throws<FlowException>(() => Parse(diagram)).Message, StringComparison.Ordinal);

    [Fact]
    public void UnreachableNodesMayLackLabels() =>
        Parse("BEGIN --> END\nX --> BEGIN\nX --> END");

    private static string Parse(string diagram) => FlowTestText.Of(MermaidParser.Parse(diagram));
}
