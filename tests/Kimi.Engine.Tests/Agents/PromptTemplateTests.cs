using Kimi.Engine.Agents.Templates;

namespace Kimi.Engine.Tests.Agents;

public sealed class PromptTemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain $ text { } $NAME 5$", "plain $ text { } $NAME 5$")]
    [InlineData("${A}", "one")]
    [InlineData("a ${A} b ${B} c", "a one b two c")]
    [InlineData("${ A }", "one")]
    [InlineData("${EMPTY}|", "|")]
    [InlineData("line\n", "line\n")]
    [InlineData("${A}\n", "one\n")]
    [InlineData("a\r\n${A}", "a\none")]
    [InlineData("${A ~ '-' ~ B}", "one-two")]
    [InlineData("${'lit'}", "lit")]
    public void Variables(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("{% if A %}y{% endif %}", "y")]
    [InlineData("{% if EMPTY %}y{% else %}n{% endif %}", "n")]
    [InlineData("{% if A == 'one' %}y{% else %}n{% endif %}", "y")]
    [InlineData("{% if A != \"one\" %}y{% elif B == 'two' %}e{% else %}n{% endif %}", "e")]
    [InlineData("{% if EMPTY %}1{% elif A %}2{% elif B %}3{% else %}4{% endif %}", "2")]
    [InlineData("{% if 'n' in A %}y{% endif %}", "y")]
    [InlineData("{% if 'x' not in A %}y{% endif %}", "y")]
    [InlineData("{% if A in ['zero', 'one'] %}y{% endif %}", "y")]
    [InlineData("{% if A in ('zero', 'two') %}y{% else %}n{% endif %}", "n")]
    [InlineData("{% if not EMPTY and A %}y{% endif %}", "y")]
    [InlineData("{% if EMPTY or (A == 'two' or B == 'two') %}y{% endif %}", "y")]
    [InlineData("{% if A < B %}y{% endif %}", "y")]
    [InlineData("{% if A >= B %}y{% else %}n{% endif %}", "n")]
    [InlineData("{% if 1 < 2 <= 2 %}y{% endif %}", "y")]
    [InlineData("{% if A is defined and NOPE is not defined %}y{% endif %}", "y")]
    [InlineData("{% if NOPE is defined and NOPE == 'x' %}y{% else %}n{% endif %}", "n")]
    [InlineData("{% if A %}{% if EMPTY %}1{% else %}2{% endif %}{% else %}{% if A %}3{% endif %}{% endif %}", "2")]
    [InlineData("{% if EMPTY %}${NOPE}{% if NOPE %}{% endif %}{% endif %}ok", "ok")]
    [InlineData("{# a comment ${NOPE} #}x", "x")]
    [InlineData("{% raw %}${NOPE} {% if %}{% endraw %}!", "${NOPE} {% if %}!")]
    public void Blocks(string template, string expected) => Assert.Equal(expected, Render(template));

    // Block trim and left strip are on; "+" turns either off, "-" swallows all blanks.
    [Theory]
    [InlineData("a\n{% if A %}\nb\n{% endif %}\nc", "a\nb\nc")]
    [InlineData("a\n  {% if A %}\n  b\n  {% endif %}\nc", "a\n  b\nc")]
    [InlineData("a {% if A %} b {% endif %} c", "a  b  c")]
    [InlineData("a\n{% if A +%}\nb\n{% endif +%}\nc", "a\n\nb\n\nc")]
    [InlineData("a\n  {%+ if A %}b{% endif %}", "a\n  b")]
    [InlineData("a \n {%- if A -%} \n b \n {%- endif -%} \n c", "abc")]
    [InlineData("a\n {# c #}\nb", "a\nb")]
    [InlineData("{% if A %}\n\nb{% endif %}", "\nb")]
    [InlineData("a\n  ${A}\nb", "a\n  one\nb")]
    public void Blanks(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("x ${NOPE} y")]
    [InlineData("{% if NOPE %}{% endif %}")]
    [InlineData("{% if NOPE == 'a' %}{% endif %}")]
    [InlineData("{% if 'a' in NOPE %}{% endif %}")]
    [InlineData("${A ~ NOPE}")]
    public void UndefinedIsAnError(string template)
    {
        TemplateException e = Assert.Throws<TemplateException>(() => Render(template));
        Assert.True(e.IsUndefined);
        Assert.Equal("'NOPE' is undefined", e.Message);
    }

    [Theory]
    [InlineData("${")]
    [InlineData("${}")]
    [InlineData("${A")]
    [InlineData("${A B}")]
    [InlineData("${'a}")]
    [InlineData("{% if A %}")]
    [InlineData("{% if %}{% endif %}")]
    [InlineData("{% if A")]
    [InlineData("{% endif %}")]
    [InlineData("{% else %}")]
    [InlineData("{% if A %}{% else %}{% else %}{% endif %}")]
    [InlineData("{% if A %}{% else %}{% elif B %}{% endif %}")]
    [InlineData("{% for x in A %}{% endfor %}")]
    [InlineData("{% if A < 1 %}{% endif %}")]
    [InlineData("{# open")]
    [InlineData("{% raw %} x")]
    [InlineData("{% include 'none.md' %}")]
    public void MalformedIsAnError(string template) =>
        Assert.False(Assert.Throws<TemplateException>(() => Render(template)).IsUndefined);

    [Fact]
    public void DeepNestingIsRefused() => Assert.Throws<TemplateException>(() =>
        Render("${" + new string('(', 5000) + "A" + new string(')', 5000) + "}"));

    [Fact]
    public void UnknownStaysAPlaceholderWhereTolerated()
    {
        var context = new Values(keepsUnknown: true);
        Assert.Equal("one ${NOPE} n", PromptTemplate.Render("${A} ${NOPE} {% if NOPE %}y{% else %}n{% endif %}", context));
    }

    [Fact]
    public void IncludeRendersWithTheSameVariables()
    {
        var context = new Values { Files = { ["part.md"] = "<${B}>\n" } };
        Assert.Equal("a <two>\nb", PromptTemplate.Render("a {% include 'part.md' %}b", context));
    }

    [Fact]
    public void IncludeOfItselfEnds()
    {
        var context = new Values { Files = { ["loop.md"] = "{% include 'loop.md' %}" } };
        Assert.Throws<TemplateException>(() => PromptTemplate.Render("{% include 'loop.md' %}", context));
    }

    private static string Render(string template) => PromptTemplate.Render(template, new Values());

    private sealed class Values(bool keepsUnknown = false) : TemplateContext
    {
        public Dictionary<string, string> Files { get; } = [];

        public override bool KeepsUnknown { get; } = keepsUnknown;

        public override string? Variable(string name) => name switch
        {
            "A" => "one",
            "B" => "two",
            "EMPTY" => "",
            _ => null,
        };

        public override string? Include(string name) => Files.GetValueOrDefault(name);
    }
}
