namespace Kimi.Engine.Configuration;

/// <summary>The configuration cannot be used; the message says where and why, and holds no secret.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Makes the error.</summary>
    public ConfigurationException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
