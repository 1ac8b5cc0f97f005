using Kimi.Engine.Text;

namespace Kimi.Engine.Skills;

/// <summary>
/// The YAML head of a skill file. The usual head, plain <c>key: value</c> lines, is read by hand; whatever is not plainly that
/// goes to the YAML library.
/// </summary>
/// <param name="Name">The skill's name, if given.</param>
/// <param name="Description">Its description, if given.</param>
/// <param name="Type">Its type, if given.</param>
/// <param name="BodyStart">Where the text behind the head begins.</param>
internal readonly record struct SkillFrontMatter(string? Name, string? Description, string? Type, int BodyStart)
{
    /// <exception cref="FormatException">The head is no YAML mapping.</exception>
    public static SkillFrontMatter Read(string text)
    {
        int start = NextLine(text, 0);
        if (!IsFence(text.AsSpan(0, start)))
        {
            return default;
        }

        for (int line = start; line < text.Length;)
        {
            int next = NextLine(text, line);
            if (IsFence(text.AsSpan(line, next - line)))
            {
                return Parse(text.AsSpan(start, line - start)) with { BodyStart = next };
            }

            line = next;
        }

        return default;
    }

    private static int NextLine(string text, int from)
    {
        int end = text.IndexOf('\n', from);
        return end < 0 ? text.Length : end + 1;
    }

    private static bool IsFence(ReadOnlySpan<char> line) => line.TrimEnd() is "---";

    private static SkillFrontMatter Parse(ReadOnlySpan<char> head)
    {
        var result = default(SkillFrontMatter);
        foreach (ReadOnlySpan<char> raw in head.EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.TrimEnd(' ');
            if (line.IsEmpty || line[0] == '#')
            {
                continue;
            }

            int colon = line.IndexOf(':');
            if (colon <= 0 || !IsPlainKey(line[..colon]) || !TryPlainValue(line[(colon + 1)..], out ReadOnlySpan<char> value))
            {
                return ParseYaml(head.ToString());
            }

            switch (line[..colon])
            {
                case "name" when result.Name is null:
                    result = result with { Name = value.ToString() };
                    break;
                case "description" when result.Description is null:
                    result = result with { Description = value.ToString() };
                    break;
                case "type" when result.Type is null:
                    result = result with { Type = value.ToString() };
                    break;
                case "name" or "description" or "type":
                    return ParseYaml(head.ToString());
            }
        }

        return result;
    }

    private static bool IsPlainKey(ReadOnlySpan<char> key)
    {
        foreach (char c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(key[0]);
    }

    // Only what YAML reads as a string equal to its spelling, and simple quoted strings.
    private static bool TryPlainValue(ReadOnlySpan<char> text, out ReadOnlySpan<char> value)
    {
        value = default;
        if (text.Length < 2 || text[0] != ' ')
        {
            return false;
        }

        value = text.Trim(' ');
        if (value.IsEmpty || value.ContainsAnyInRange('\0', '\x1F') || value.ContainsAnyInRange('\x7F', '\x9F'))
        {
            return false;
        }

        char quote = value[0];
        if (quote is '"' or '\'')
        {
            if (value.Length < 2 || value[^1] != quote || value[1..^1].ContainsAny(quote, '\\'))
            {
                return false;
            }

            value = value[1..^1].Trim();
            return !value.IsEmpty;
        }

        return !"-?:,[]{}#&*!|>%@`~=".Contains(quote)
            && value[^1] != ':'
            && value.IndexOf(": ") < 0
            && value.IndexOf(" #") < 0
            && value is not ("null" or "Null" or "NULL");
    }

    private static SkillFrontMatter ParseYaml(string head)
    {
        YamlValue? root;
        try
        {
            root = YamlReader.Read(head);
        }
        catch (FormatException e)
        {
            throw new FormatException("Invalid frontmatter YAML.", e);
        }

        if (root is null || root.IsNull)
        {
            return default;
        }

        return root.Members is null
            ? throw new FormatException("Frontmatter YAML must be a mapping.")
            : new SkillFrontMatter(Text(root["name"]), Text(root["description"]), Text(root["type"]), 0);
    }

    private static string? Text(YamlValue? value) =>
        value is null || value.IsNull || string.IsNullOrWhiteSpace(value.Text) ? null : value.Text.Trim();
}
