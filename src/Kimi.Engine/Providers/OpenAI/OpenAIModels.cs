namespace Kimi.Engine.Providers.OpenAI;

/// <summary>Which model ids are OpenAI's own: those get the role <c>developer</c>. Ids with a vendor before them are not.</summary>
internal static class OpenAIModels
{
    private static readonly string[] s_families =
        ["gpt-3.5-turbo", "gpt-4", "gpt-4-turbo", "gpt-4-vision-preview", "gpt-4-32k", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini",
         "gpt-4o-audio-preview", "gpt-4o-mini-audio-preview", "gpt-4o-search-preview", "gpt-4o-mini-search-preview",
         "gpt-5", "gpt-5-mini", "gpt-5-nano", "gpt-5-chat", "gpt-5-codex", "gpt-5-pro", "gpt-5.1", "gpt-5.1-chat", "gpt-5.1-codex", "gpt-5.1-codex-max",
         "gpt-5.1-codex-mini", "gpt-5.1-mini", "gpt-5.2", "gpt-5.2-chat", "gpt-5.2-pro", "gpt-5.2-codex",
         "o1", "o1-mini", "o1-preview", "o1-pro", "o3", "o3-mini", "o3-pro", "o3-deep-research", "o4-mini", "o4-mini-deep-research",
         "chatgpt-4o", "codex-mini", "gpt-audio-mini", "computer-use-preview"];

    /// <summary>Whether an id is a family's name, or that with a date, a build number or <c>latest</c> behind it.</summary>
    public static bool Contains(string model)
    {
        foreach (string family in s_families)
        {
            if (model.StartsWith(family, StringComparison.Ordinal) && IsVariant(model.AsSpan(family.Length)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsVariant(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || rest is "-latest" or "-preview" or "-turbo-preview" or "-0125-preview" or "-1106-preview" or "-16k" or "-16k-0613")
        {
            return true;
        }

        if (rest[0] != '-')
        {
            return false;
        }

        foreach (char c in rest)
        {
            if (!char.IsAsciiDigit(c) && c != '-')
            {
                return false;
            }
        }

        return true;
    }
}
