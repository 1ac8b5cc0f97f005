using Kimi.Engine.Agents.Templates;

namespace Kimi.Engine.Agents;

/// <summary>Renders an agent's system prompt.</summary>
internal static class SystemPrompt
{
    /// <exception cref="SystemPromptTemplateException">The template is malformed or asks for a variable that does not exist.</exception>
    public static string Render(AgentSpec spec, PromptVariables variables)
    {
        PromptFile file = spec.SystemPrompt;
        try
        {
            return PromptTemplate.Render(file.Read(), new Context(spec, variables));
        }
        catch (TemplateException e) when (e.IsUndefined)
        {
            throw new SystemPromptTemplateException($"Missing system prompt arg in {file.Path}: {e.Message}", e);
        }
        catch (TemplateException e)
        {
            throw new SystemPromptTemplateException($"Invalid system prompt template: {file.Path}: {e.Message}", e);
        }
    }

    private sealed class Context(AgentSpec spec, PromptVariables variables) : TemplateContext
    {
        public override string? Variable(string name) =>
            spec.SystemPromptArgs.TryGetValue(name, out string? value) ? value : variables.Get(name);

        public override string? Include(string name)
        {
            // Only below the prompt's own directory.
            if (spec.SystemPrompt.IsEmbedded || name.Contains("..", StringComparison.Ordinal) || Path.IsPathRooted(name))
            {
                return null;
            }

            try
            {
                return NamedText.Read(Path.Combine(Path.GetDirectoryName(spec.SystemPrompt.Path)!, name));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new TemplateException($"{name}: {e.Message}");
            }
        }
    }
}
