using System.Text;

namespace Kimi.Cli.Printing;

/// <summary>Lays a value out: on one line where it fits, else one child a line, and lines too long cut at the width.</summary>
internal static class DebugLayout
{
    private const int Indent = 4;

    /// <summary>Writes a value.</summary>
    public static void Write(OutputStream output, DebugNode node, int width) => Write(output, node, "", "", 0, width);

    /// <summary>Writes a line, cut where it is wider than the width.</summary>
    public static void WriteCut(OutputStream output, ReadOnlySpan<char> line, int width)
    {
        do
        {
            int length = TextWidth.Fitting(line, width);
            output.WriteLine(line[..length]);
            line = line[length..];
        }
        while (!line.IsEmpty);
    }

    private static void Write(OutputStream output, DebugNode node, string key, string suffix, int indent, int width)
    {
        // The separator counts with its blank, as in the layout this one follows.
        int room = width - indent - key.Length - (suffix.Length == 0 ? 0 : suffix.Length + 1);
        if (node.Children is not { Count: > 0 } children || Fits(node, ref room))
        {
            StringBuilder line = new();
            line.Append(' ', indent).Append(key);
            Flat(node, line);
            WriteCut(output, line.Append(suffix).ToString(), width);
            return;
        }

        WriteCut(output, $"{new string(' ', indent)}{key}{node.Open}", width);
        for (int i = 0; i < children.Count; i++)
        {
            Write(output, children[i].Value, children[i].Key, i + 1 < children.Count ? "," : "", indent + Indent, width);
        }

        WriteCut(output, $"{new string(' ', indent)}{node.Close}{suffix}", width);
    }

    private static bool Fits(DebugNode node, ref int room)
    {
        room -= TextWidth.Of(node.Open) + node.Close.Length;
        if (node.Children is not null)
        {
            for (int i = 0; i < node.Children.Count && room >= 0; i++)
            {
                room -= TextWidth.Of(node.Children[i].Key) + (i > 0 ? 2 : 0);
                if (!Fits(node.Children[i].Value, ref room))
                {
                    return false;
                }
            }
        }

        return room >= 0;
    }

    private static void Flat(DebugNode node, StringBuilder text)
    {
        text.Append(node.Open);
        for (int i = 0; i < (node.Children?.Count ?? 0); i++)
        {
            text.Append(i > 0 ? ", " : "").Append(node.Children![i].Key);
            Flat(node.Children[i].Value, text);
        }

        text.Append(node.Close);
    }
}
