using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>A system prompt template: a file, or a text that ships with the engine.</summary>
/// <param name="Path">The file's path, or the resource's name.</param>
/// <param name="IsEmbedded">Which of the two.</param>
internal readonly record struct PromptFile(string Path, bool IsEmbedded)
{
    /// <summary>The trimmed template.</summary>
    /// <exception cref="SystemPromptTemplateException">There is no such file or it cannot be read.</exception>
    public string Read()
    {
        if (IsEmbedded)
        {
            return EmbeddedText.Read(Path).Trim();
        }

        try
        {
            return NamedText.Read(Path)?.Trim()
                ?? throw new SystemPromptTemplateException($"Invalid system prompt template: {Path}: no such file");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SystemPromptTemplateException($"Invalid system prompt template: {Path}: {e.Message}", e);
        }
    }
}
