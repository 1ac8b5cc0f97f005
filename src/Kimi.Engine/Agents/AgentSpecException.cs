namespace Kimi.Engine.Agents;

/// <summary>An agent file, or the system prompt it names, cannot be used. The message is for people.</summary>
public class AgentSpecException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause, if any.</param>
    public AgentSpecException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
