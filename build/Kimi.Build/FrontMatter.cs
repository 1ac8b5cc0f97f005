namespace Kimi.Build;

/// <summary>The YAML block before a page.</summary>
internal static class FrontMatter
{
    public static (string Yaml, string Body) Split(string markdown)
    {
        const string Fence = "---\n";
        if (!markdown.StartsWith(Fence, StringComparison.Ordinal)) { return ("", markdown); }
        int end = markdown.IndexOf("\n" + Fence, Fence.Length - 1, StringComparison.Ordinal);
        return end < 0 ? ("", markdown) : (markdown[Fence.Length..(end + 1)], markdown[(end + 1 + Fence.Length)..]);
    }
}
