namespace Kimi.Engine.Agents;

/// <summary>A system prompt template is malformed or uses a variable that does not exist.</summary>
public sealed class SystemPromptTemplateException : AgentSpecException
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause, if any.</param>
    public SystemPromptTemplateException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
