using Markdig.Syntax;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kimi.Build;

/// <summary>A block of help text: a paragraph, or code that keeps its lines.</summary>
internal sealed record HelpBlock(string Text, bool IsCode);

/// <summary>An example of a page.</summary>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<HelpBlock> Remarks);

/// <summary>A named part: an input type, an output type, a link.</summary>
internal sealed record HelpItem(string Name, IReadOnlyList<HelpBlock> Text);

/// <summary>A parameter as one parameter set has it.</summary>
internal sealed record HelpParameterSet(string Name, string Position, bool Required, bool FromPipeline, bool FromPipelineByName);

/// <summary>A parameter of a page.</summary>
internal sealed record HelpParameter(
    string Name, string Type, string Default, bool Wildcards, IReadOnlyList<string> Aliases,
    IReadOnlyList<string> AcceptedValues, IReadOnlyList<HelpParameterSet> Sets, IReadOnlyList<HelpBlock> Text)
{
    public const string AllSets = "(All)";

    public bool IsSwitch => Type.EndsWith("SwitchParameter", StringComparison.Ordinal);

    public HelpParameterSet? In(string set) =>
        Sets.FirstOrDefault(s => s.Name == set) ?? Sets.FirstOrDefault(s => s.Name == AllSets);
}

/// <summary>The help page of one cmdlet, in PlatyPS 1.x form.</summary>
internal sealed class CommandPage
{
    public required string Name { get; init; }

    public required string HelpFile { get; init; }

    public string Synopsis { get; private set; } = "";

    public IReadOnlyList<HelpBlock> Description { get; private set; } = [];

    /// <summary>The names of the parameter sets, in their order.</summary>
    public List<string> Syntaxes { get; } = [];

    public List<HelpExample> Examples { get; } = [];

    public List<HelpParameter> Parameters { get; } = [];

    public List<HelpItem> Inputs { get; } = [];

    public List<HelpItem> Outputs { get; } = [];

    public IReadOnlyList<HelpBlock> Notes { get; private set; } = [];

    public List<HelpItem> Links { get; } = [];

    public static CommandPage Parse(string name, string markdown)
    {
        (string yaml, string body) = FrontMatter.Split(markdown);
        YamlMappingNode head = Yaml(name, yaml);
        string helpFile = Scalar(head, "external help file");
        if (helpFile.Length == 0) { throw new InvalidDataException($"{name}.md: the front matter names no 'external help file'."); }
        CommandPage page = new() { Name = name, HelpFile = helpFile };
        foreach ((string title, List<Block> blocks) in Sections(MarkdownText.Parse(body), 2))
        {
            switch (title.ToUpperInvariant())
            {
                case "SYNOPSIS": page.Synopsis = string.Join(" ", Text(blocks).Select(b => b.Text)); break;
                case "SYNTAX": page.Syntaxes.AddRange(Sections(blocks, 3).Select(s => SetName(s.Title))); break;
                case "DESCRIPTION": page.Description = Text(blocks); break;
                case "EXAMPLES": page.Examples.AddRange(Sections(blocks, 3).Select(Example)); break;
                case "PARAMETERS":
                    page.Parameters.AddRange(Sections(blocks, 3).Where(s => s.Title.StartsWith('-')).Select(s => Parameter(name, s)));
                    break;
                case "INPUTS": page.Inputs.AddRange(Sections(blocks, 3).Select(s => new HelpItem(s.Title, Text(s.Blocks)))); break;
                case "OUTPUTS": page.Outputs.AddRange(Sections(blocks, 3).Select(s => new HelpItem(s.Title, Text(s.Blocks)))); break;
                case "NOTES": page.Notes = Text(blocks); break;
                case "RELATED LINKS": page.Links.AddRange(Text(blocks).Select(b => new HelpItem(b.Text.TrimStart('-', ' '), []))); break;
            }
        }

        if (page.Syntaxes.Count == 0) { page.Syntaxes.Add(HelpParameter.AllSets); }
        return page;
    }

    private static IEnumerable<(string Title, List<Block> Blocks)> Sections(IEnumerable<Block> blocks, int level)
    {
        string? title = null;
        List<Block> current = [];
        foreach (Block block in blocks)
        {
            if (block is HeadingBlock heading && heading.Level == level)
            {
                if (title is not null) { yield return (title, current); }
                title = MarkdownText.Of(heading);
                current = [];
            }
            else
            {
                current.Add(block);
            }
        }

        if (title is not null) { yield return (title, current); }
    }

    private static string SetName(string title) =>
        title.EndsWith(" (Default)", StringComparison.Ordinal) ? title[..^" (Default)".Length] : title;

    private static List<HelpBlock> Text(IEnumerable<Block> blocks)
    {
        List<HelpBlock> text = [];
        foreach (Block block in blocks)
        {
            foreach (string paragraph in MarkdownText.Paragraphs(block)) { text.Add(new HelpBlock(paragraph, block is CodeBlock)); }
        }

        return text;
    }

    private static HelpExample Example((string Title, List<Block> Blocks) section)
    {
        Block? code = section.Blocks.FirstOrDefault(b => b is FencedCodeBlock);
        return new HelpExample(
            section.Title, code is FencedCodeBlock fenced ? MarkdownText.Code(fenced) : "", Text(section.Blocks.Where(b => b != code)));
    }

    private static HelpParameter Parameter(string page, (string Title, List<Block> Blocks) section)
    {
        FencedCodeBlock block = section.Blocks.OfType<FencedCodeBlock>().LastOrDefault(b => b.Info == "yaml")
            ?? throw new InvalidDataException($"{page}.md: {section.Title} has no yaml block.");
        YamlMappingNode yaml = Yaml($"{page} {section.Title}", MarkdownText.Code(block));
        List<HelpParameterSet> sets = [];
        if (Child(yaml, "ParameterSets") is YamlSequenceNode nodes)
        {
            foreach (YamlMappingNode set in nodes.Children.OfType<YamlMappingNode>())
            {
                sets.Add(new HelpParameterSet(
                    Scalar(set, "Name"), Scalar(set, "Position"), Flag(set, "IsRequired"), Flag(set, "ValueFromPipeline"),
                    Flag(set, "ValueFromPipelineByPropertyName")));
            }
        }

        return new HelpParameter(
            section.Title[1..], Scalar(yaml, "Type"), Scalar(yaml, "DefaultValue"), Flag(yaml, "SupportsWildcards"),
            Items(yaml, "Aliases"), Items(yaml, "AcceptedValues"), sets, Text(section.Blocks.Where(b => b != block)));
    }

    private static YamlMappingNode Yaml(string where, string text)
    {
        try
        {
            YamlStream stream = [];
            stream.Load(new StringReader(text));
            return stream.Documents.Count > 0 && stream.Documents[0].RootNode is YamlMappingNode map ? map : [];
        }
        catch (YamlException e)
        {
            throw new InvalidDataException($"{where}: {e.Message}", e);
        }
    }

    private static YamlNode? Child(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    private static string Scalar(YamlMappingNode map, string key) => (Child(map, key) as YamlScalarNode)?.Value ?? "";

    private static bool Flag(YamlMappingNode map, string key) =>
        Scalar(map, key).Equals("true", StringComparison.OrdinalIgnoreCase);

    private static List<string> Items(YamlMappingNode map, string key) =>
        Child(map, key) is YamlSequenceNode items ? [.. items.Children.OfType<YamlScalarNode>().Select(i => i.Value ?? "")] : [];
}
