using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Kimi.Engine.Text;

/// <summary>
/// Reads the first document of a YAML text. The only place that touches the YAML library: it is loaded when this class is
/// first used, which keeps it off the start-up path of a session without YAML files.
/// </summary>
internal static class YamlReader
{
    private const int MaxDepth = 64;

    /// <summary>The document's root; null for an empty text.</summary>
    /// <exception cref="FormatException">Not YAML; the message says where.</exception>
    public static YamlValue? Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            YamlValue root = ReadNode(parser, new Dictionary<string, YamlValue>(StringComparer.Ordinal), 0);
            parser.Consume<DocumentEnd>();
            return root;
        }
        catch (YamlException e)
        {
            throw new FormatException($"{e.Message} (line {e.Start.Line}, column {e.Start.Column})", e);
        }
    }

    private static YamlValue ReadNode(Parser parser, Dictionary<string, YamlValue> anchors, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException("nested too deeply");
        }

        switch (parser.Consume<ParsingEvent>())
        {
            case AnchorAlias alias:
                return anchors.TryGetValue(alias.Value.Value, out YamlValue? known)
                    ? known
                    : throw new FormatException($"found undefined alias '{alias.Value.Value}'");
            case Scalar scalar:
                bool isPlain = scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty;
                return Remember(anchors, scalar.Anchor, YamlValue.Scalar(scalar.Value, isPlain));
            case SequenceStart sequence:
                YamlValue list = Remember(anchors, sequence.Anchor, YamlValue.Sequence());
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    list.Items!.Add(ReadNode(parser, anchors, depth + 1));
                }

                return list;
            case MappingStart mapping:
                return ReadMapping(parser, Remember(anchors, mapping.Anchor, YamlValue.Mapping()), anchors, depth);
            default:
                throw new FormatException("unexpected content");
        }
    }

    private static YamlValue ReadMapping(Parser parser, YamlValue map, Dictionary<string, YamlValue> anchors, int depth)
    {
        List<YamlValue>? merges = null;
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            YamlValue key = ReadNode(parser, anchors, depth + 1);
            YamlValue value = ReadNode(parser, anchors, depth + 1);
            if (key.Text is not { } name)
            {
                throw new FormatException("a mapping key must be a scalar");
            }

            if (name == "<<" && key.IsPlain)
            {
                (merges ??= []).Add(value);
            }
            else
            {
                map.Members![name] = value;
            }
        }

        foreach (YamlValue merge in merges ?? [])
        {
            foreach (YamlValue source in merge.Items ?? [merge])
            {
                foreach (KeyValuePair<string, YamlValue> member in source.Members ?? throw new FormatException("a merge key needs a mapping"))
                {
                    map.Members!.TryAdd(member.Key, member.Value);
                }
            }
        }

        return map;
    }

    private static YamlValue Remember(Dictionary<string, YamlValue> anchors, AnchorName anchor, YamlValue value)
    {
        if (!anchor.IsEmpty)
        {
            anchors[anchor.Value] = value;
        }

        return value;
    }
}
