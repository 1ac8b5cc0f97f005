using System.Xml;

namespace Kimi.Build;

/// <summary>Writes the XML that Get-Help reads.</summary>
internal static class Maml
{
    private const string Msh = "http://msh";
    private const string MamlSpace = "http://schemas.microsoft.com/maml/2004/10";
    private const string CommandSpace = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private const string DevSpace = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static void Write(string path, IReadOnlyList<CommandPage> pages)
    {
        using XmlWriter xml = XmlWriter.Create(path, new XmlWriterSettings { Indent = true, NewLineChars = "\n" });
        xml.WriteStartElement("helpItems", Msh);
        xml.WriteAttributeString("schema", "maml");
        foreach (CommandPage page in pages) { Command(xml, page); }
        xml.WriteEndElement();
    }

    private static void Command(XmlWriter xml, CommandPage page)
    {
        xml.WriteStartElement("command", "command", CommandSpace);
        xml.WriteAttributeString("xmlns", "maml", null, MamlSpace);
        xml.WriteAttributeString("xmlns", "dev", null, DevSpace);

        int dash = page.Name.IndexOf('-', StringComparison.Ordinal);
        Open(xml, "details");
        Value(xml, "name", page.Name);
        Value(xml, "verb", page.Name[..dash]);
        Value(xml, "noun", page.Name[(dash + 1)..]);
        Description(xml, [new HelpBlock(page.Synopsis, false)]);
        xml.WriteEndElement();
        Description(xml, page.Description);

        Open(xml, "syntax");
        foreach (string set in page.Syntaxes) { SyntaxItem(xml, page, set); }
        xml.WriteEndElement();

        Open(xml, "parameters");
        foreach (HelpParameter parameter in page.Parameters.OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase))
        {
            Parameter(xml, parameter, parameter.Sets.Count > 0 ? parameter.Sets[0] : new HelpParameterSet("", "named", false, false, false), full: true);
        }

        xml.WriteEndElement();
        Types(xml, "inputTypes", "inputType", page.Inputs);
        Types(xml, "returnValues", "returnValue", page.Outputs);
        Alerts(xml, page.Notes);
        Examples(xml, page.Examples);
        Open(xml, "relatedLinks");
        foreach (HelpItem link in page.Links)
        {
            xml.WriteStartElement("maml", "navigationLink", MamlSpace);
            MamlValue(xml, "linkText", link.Name);
            MamlValue(xml, "uri", "");
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void SyntaxItem(XmlWriter xml, CommandPage page, string set)
    {
        Open(xml, "syntaxItem");
        MamlValue(xml, "name", page.Name);
        var parameters = page.Parameters
            .Select(p => (Parameter: p, Set: p.In(set)))
            .Where(p => p.Set is not null)
            .OrderBy(p => int.TryParse(p.Set!.Position, out int at) ? at : int.MaxValue)
            .ThenBy(p => p.Set!.Required ? 0 : 1);
        foreach ((HelpParameter parameter, HelpParameterSet? inSet) in parameters) { Parameter(xml, parameter, inSet!, full: false); }
        xml.WriteEndElement();
    }

    private static void Parameter(XmlWriter xml, HelpParameter parameter, HelpParameterSet set, bool full)
    {
        Open(xml, "parameter");
        xml.WriteAttributeString("required", set.Required ? "true" : "false");
        xml.WriteAttributeString("variableLength", "true");
        xml.WriteAttributeString("globbing", parameter.Wildcards ? "true" : "false");
        xml.WriteAttributeString("pipelineInput", PipelineInput(set));
        xml.WriteAttributeString("position", int.TryParse(set.Position, out _) ? set.Position : "named");
        xml.WriteAttributeString("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases));
        MamlValue(xml, "name", parameter.Name);
        Description(xml, parameter.Text);
        if (!full && parameter.AcceptedValues.Count > 0)
        {
            Open(xml, "parameterValueGroup");
            foreach (string value in parameter.AcceptedValues) { ParameterValue(xml, value); }
            xml.WriteEndElement();
        }
        else if (full || !parameter.IsSwitch)
        {
            ParameterValue(xml, ShortName(parameter.Type));
        }

        xml.WriteStartElement("dev", "type", DevSpace);
        MamlValue(xml, "name", parameter.Type);
        MamlValue(xml, "uri", "");
        xml.WriteEndElement();
        xml.WriteElementString("dev", "defaultValue", DevSpace, parameter.Default.Length == 0 ? "None" : parameter.Default);
        xml.WriteEndElement();
    }

    private static void ParameterValue(XmlWriter xml, string value)
    {
        Open(xml, "parameterValue");
        xml.WriteAttributeString("required", "true");
        xml.WriteAttributeString("variableLength", "false");
        xml.WriteString(value);
        xml.WriteEndElement();
    }

    private static string PipelineInput(HelpParameterSet set) => (set.FromPipeline, set.FromPipelineByName) switch
    {
        (true, true) => "True (ByPropertyName, ByValue)",
        (true, false) => "True (ByValue)",
        (false, true) => "True (ByPropertyName)",
        _ => "False",
    };

    private static string ShortName(string type) => type[(type.LastIndexOf('.') + 1)..];

    private static void Types(XmlWriter xml, string group, string element, List<HelpItem> items)
    {
        Open(xml, group);
        foreach (HelpItem item in items)
        {
            Open(xml, element);
            xml.WriteStartElement("dev", "type", DevSpace);
            MamlValue(xml, "name", item.Name);
            xml.WriteEndElement();
            Description(xml, item.Text);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Alerts(XmlWriter xml, IReadOnlyList<HelpBlock> notes)
    {
        if (notes.Count == 0) { return; }
        xml.WriteStartElement("maml", "alertSet", MamlSpace);
        xml.WriteStartElement("maml", "alert", MamlSpace);
        Paragraphs(xml, notes);
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void Examples(XmlWriter xml, List<HelpExample> examples)
    {
        Open(xml, "examples");
        foreach (HelpExample example in examples)
        {
            Open(xml, "example");
            MamlValue(xml, "title", $"---------- {example.Title} ----------");
            xml.WriteElementString("dev", "code", DevSpace, example.Code);
            xml.WriteStartElement("dev", "remarks", DevSpace);
            Paragraphs(xml, example.Remarks);
            xml.WriteEndElement();
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Description(XmlWriter xml, IReadOnlyList<HelpBlock> text)
    {
        xml.WriteStartElement("maml", "description", MamlSpace);
        Paragraphs(xml, text);
        xml.WriteEndElement();
    }

    private static void Paragraphs(XmlWriter xml, IReadOnlyList<HelpBlock> text)
    {
        foreach (HelpBlock block in text)
        {
            // Get-Help breaks paragraphs itself; the lines of code stay lines.
            foreach (string line in block.IsCode ? block.Text.Split('\n') : [block.Text]) { MamlValue(xml, "para", line); }
        }
    }

    private static void Open(XmlWriter xml, string name) => xml.WriteStartElement("command", name, CommandSpace);

    private static void Value(XmlWriter xml, string name, string text) => xml.WriteElementString("command", name, CommandSpace, text);

    private static void MamlValue(XmlWriter xml, string name, string text) => xml.WriteElementString("maml", name, MamlSpace, text);
}
