namespace Kimi.Engine.Skills.Plugins;

/// <summary>A plugin cannot be read, installed or removed. The message is for people.</summary>
public sealed class PluginException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause, if any.</param>
    public PluginException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
