using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Tests.Skills;

public sealed class FlowTests
{
    private const string Mermaid = "BEGIN --> END";

    [Theory]
    [InlineData("```mermaid\nBEGIN --> END\n```")]
    [InlineData("text\n~~~ Mermaid title\nBEGIN --> END\n~~~\n")]
    [InlineData("````{mermaid}\nBEGIN --> END\n```\n````")]
    [InlineData("  ```mermaid\n  BEGIN --> END\n    ```")]
    [InlineData("```d2\nBEGIN -> END\n```")]
    [InlineData("```bash\n```mermaid not a fence end\n```\n```d2\nBEGIN -> END\n```")]
    [InlineData("```mermaid\nBEGIN --> END\n```\n```d2\nbroken }\n```")]
    [InlineData("```mermaid\r\nBEGIN --> END\r\n```\r\n")]
    public void FirstDiagramCounts(string markdown) => Assert.Equal("BEGIN", FlowExtractor.Extract(markdown).BeginId);

    [Theory]
    [InlineData("")]
    [InlineData(Mermaid)]
    [InlineData("```\nBEGIN --> END\n```")]
    [InlineData("``mermaid\nBEGIN --> END\n``")]
    [InlineData("```text\n~~~mermaid\nBEGIN --> END\n~~~\n```")]
    [InlineData("```mermaid\nBEGIN --> END\n")]
    public void NoDiagram(string markdown) => Assert.Equal(
        "Flow skills require a mermaid or d2 code block in SKILL.md.",
        Assert.Throws<FlowException>(() => FlowExtractor.Extract(markdown)).Message);

    [Fact]
    public void ErrorsInsideADiagram() => Assert.Equal(
        "Invalid flow diagram: Line 2: Unmatched '}'",
        Assert.Throws<FlowException>(() => FlowExtractor.Extract("```d2\na\n}\n```")).Message);

    [Fact]
    public void Prompts()
    {
        Flow flow = MermaidParser.Parse("BEGIN --> W[polish]\nW --> Q{good enough?}\nQ -->|no| W\nQ -->|yes| END");
        Assert.Equal("polish", FlowPrompts.For(flow, flow.Nodes["W"]));
        const string Decision = "good enough?\n\nAvailable branches:\n- no\n- yes\n\nReply with a choice using <choice>...</choice>.";
        Assert.Equal(Decision, FlowPrompts.For(flow, flow.Nodes["Q"]));
        Assert.Equal(
            Decision + "\n\nYour last response did not include a valid choice. Reply with one of the choices using <choice>...</choice>.",
            FlowPrompts.Again(Decision));
        Assert.Equal("END", FlowPrompts.Choose(flow, "Q", "I take <choice> yes </choice>.")?.Target);
        Assert.Equal("W", FlowPrompts.Choose(flow, "Q", "<choice>yes</choice> no: <choice>no</choice>")?.Target);
        Assert.Null(FlowPrompts.Choose(flow, "Q", "<choice>Yes</choice>"));
        Assert.Null(FlowPrompts.Choose(flow, "Q", "yes"));
    }

    [Theory]
    [InlineData("<choice>a</choice>", "a")]
    [InlineData("<choice>a</choice> <choice>b</choice>", "b")]
    [InlineData("<choice>a</choice> <choice>x<y</choice>", "a")]
    [InlineData("<choice>\n a \n</choice></choice>", "a")]
    [InlineData("<choice></choice>", "")]
    [InlineData("<choice>a", null)]
    [InlineData("a</choice>", null)]
    [InlineData("", null)]
    public void LastChoice(string answer, string? expected) => Assert.Equal(expected, FlowPrompts.LastChoice(answer));

    [Theory]
    [InlineData("fix it")]
    [InlineData("end")]
    [InlineData("BEGIN")]
    public void Ralph(string prompt)
    {
        Flow flow = RalphLoop.Create(prompt);
        Assert.Equal("R1", Assert.Single(flow.EdgesFrom(flow.BeginId)).Target);
        Assert.Equal("R2", Assert.Single(flow.EdgesFrom("R1")).Target);
        Assert.Equal((prompt, FlowNodeKind.Task), (flow.Nodes["R1"].Label, flow.Nodes["R1"].Kind));
        Assert.StartsWith(prompt + ". (", flow.Nodes["R2"].Label, StringComparison.Ordinal);
        Assert.EndsWith("Available branches:\n- CONTINUE\n- STOP\n\nReply with a choice using <choice>...</choice>.", FlowPrompts.For(flow, flow.Nodes["R2"]), StringComparison.Ordinal);
        Assert.Equal("R2", FlowPrompts.Choose(flow, "R2", "<choice>CONTINUE</choice>")?.Target);
        Assert.Equal(flow.EndId, FlowPrompts.Choose(flow, "R2", "<choice>STOP</choice>")?.Target);
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(1, 2)]
    [InlineData(-1, int.MaxValue)]
    [InlineData(int.MaxValue, int.MaxValue)]
    public void RalphMoves(int iterations, int moves) => Assert.Equal(moves, RalphLoop.MaxMoves(iterations));
}
