using Kimi.Engine.Skills.Flows;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills;

/// <summary>Reads one skill file.</summary>
internal static class SkillReader
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private const int DescriptionLimit = 240;

    /// <summary>The skill; null when there is no such file.</summary>
    /// <param name="file">The Markdown file.</param>
    /// <param name="directory">The skill's directory.</param>
    /// <param name="fallbackName">Its name unless the file gives one.</param>
    /// <param name="scope">The scope of its root.</param>
    /// <param name="log">Takes a line on a flow that is none.</param>
    /// <exception cref="FormatException">The file is no skill.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Skill? Read(string file, string directory, string fallbackName, SkillScope scope, Action<string>? log)
    {
        if (TextFile.Read(file, MaxBytes, strict: true) is not { } text)
        {
            return null;
        }

        SkillFrontMatter head = SkillFrontMatter.Read(text);
        string type = head.Type ?? "standard";
        if (type is not ("standard" or "flow"))
        {
            throw new FormatException($"Invalid skill type \"{type}\"");
        }

        string name = head.Name ?? fallbackName;
        string description = head.Description ?? FirstLine(text.AsSpan(head.BodyStart)) ?? "No description provided.";
        return new Skill(name, description, directory, file, scope, type == "flow" ? ReadFlow(text[head.BodyStart..], name, log) : null);
    }

    private static string? FirstLine(ReadOnlySpan<char> body)
    {
        foreach (ReadOnlySpan<char> raw in body.EnumerateLines())
        {
            ReadOnlySpan<char> line = raw.Trim();
            if (line.IsEmpty || line is "---")
            {
                continue;
            }

            string text = line.ToString();
            return CodePoints.Count(text) <= DescriptionLimit
                ? text
                : CodePoints.Take(text, DescriptionLimit - 1).TrimEnd() + "…";
        }

        return null;
    }

    private static Flow? ReadFlow(string body, string name, Action<string>? log)
    {
        try
        {
            return FlowExtractor.Extract(body);
        }
        catch (FlowException e)
        {
            log?.Invoke($"Failed to parse flow skill {name}: {e.Message}");
            return null;
        }
    }
}
