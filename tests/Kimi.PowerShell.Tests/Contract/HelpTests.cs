using System.Xml.Linq;
using Kimi.Build;

namespace Kimi.PowerShell.Tests.Contract;

/// <summary>Docs and code say the same.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> Names => CmdletCatalog.Names;

    public static TheoryData<string> Abouts => [.. Directory.GetFiles(Repository.Help, "about_*.md").Select(f => Path.GetFileNameWithoutExtension(f)!)];

    [Fact]
    public void There_is_a_page_for_every_cmdlet_and_no_other() => Assert.Equal(
        CmdletCatalog.All.Select(c => c.Name),
        Directory.GetFiles(Repository.Help, "*-*.md").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_says_everything(string name)
    {
        CommandPage page = Page(name);
        Assert.Equal("Kimi.PowerShell.dll-Help.xml", page.HelpFile);
        Assert.InRange(page.Synopsis.Length, 10, 120);
        Assert.NotEmpty(page.Description);
        Assert.True(page.Examples.Count >= 3, "three examples at least");
        Assert.All(page.Examples, e => Assert.True(e.Code.Length > 0 && e.Remarks.Count > 0, e.Title));
        Assert.All(page.Parameters, p => Assert.True(p.Text.Count > 0 && p.Text[0].Text.Length > 10, p.Name));
        Assert.NotEmpty(page.Outputs);
        Assert.DoesNotContain("{{", File.ReadAllText(Path.Join(Repository.Help, name + ".md")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_and_its_cmdlet_agree_on_the_parameters(string name)
    {
        CmdletFact cmdlet = CmdletCatalog.Find(name);
        CommandPage page = Page(name);
        List<string> expected = [.. cmdlet.Parameters.Select(p => p.Name)];
        if (cmdlet.SupportsShouldProcess) { expected.AddRange(["WhatIf", "Confirm"]); }
        Assert.Equal(expected.Order(StringComparer.Ordinal), page.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (ParameterFact fact in cmdlet.Parameters)
        {
            HelpParameter parameter = page.Parameters.Single(p => p.Name == fact.Name);
            Assert.Equal(fact.Type.ToString(), parameter.Type);
            Assert.Equal(fact.Aliases.Order(StringComparer.Ordinal), parameter.Aliases.Order(StringComparer.Ordinal));
            Assert.Equal(fact.IsWild, parameter.Wildcards);
            Type single = fact.Type.IsArray ? fact.Type.GetElementType()! : fact.Type;
            Assert.Equal(single.IsEnum ? Enum.GetNames(single) : [], parameter.AcceptedValues);
            Assert.Equal(
                fact.Sets.Select(s => new HelpParameterSet(
                    s.Set, s.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "Named", s.Required, s.Pipeline, s.PipelineByName))
                    .OrderBy(s => s.Name, StringComparer.Ordinal),
                parameter.Sets.OrderBy(s => s.Name, StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_and_its_cmdlet_agree_on_the_output(string name) => Assert.Equal(
        CmdletCatalog.Find(name).Outputs.Select(t => t.FullName).Order(StringComparer.Ordinal),
        Page(name).Outputs.Select(o => o.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void The_converted_page_holds_what_Get_Help_shows(string name)
    {
        CommandPage page = Page(name);
        string path = Path.Join(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Maml.Write(path, [page]);
            XNamespace command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
            XNamespace maml = "http://schemas.microsoft.com/maml/2004/10";
            XElement root = XDocument.Load(path).Root!.Element(command + "command")!;
            Assert.Equal(name, root.Element(command + "details")!.Element(command + "name")!.Value);
            Assert.Equal(page.Synopsis, root.Element(command + "details")!.Element(maml + "description")!.Value);
            Assert.Equal(page.Examples.Count, root.Descendants(command + "example").Count());
            Assert.Equal(page.Syntaxes.Count, root.Descendants(command + "syntaxItem").Count());
            Assert.Equal(
                page.Parameters.Select(p => p.Name).Order(StringComparer.OrdinalIgnoreCase),
                root.Element(command + "parameters")!.Elements().Select(p => p.Element(maml + "name")!.Value));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [MemberData(nameof(Abouts))]
    public void An_about_page_becomes_readable_text(string name)
    {
        string text = AboutText.Render(name, File.ReadAllText(Path.Join(Repository.Help, name + ".md")).ReplaceLineEndings("\n"));
        Assert.StartsWith($"TOPIC\n    {name}\n\nSHORT DESCRIPTION\n    ", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\*\*[A-Za-z]", text);
        Assert.DoesNotContain("```", text, StringComparison.Ordinal);
        Assert.DoesNotContain(".md)", text, StringComparison.Ordinal);
    }

    private static CommandPage Page(string name) =>
        CommandPage.Parse(name, File.ReadAllText(Path.Join(Repository.Help, name + ".md")).ReplaceLineEndings("\n"));
}
