namespace Kimi.Engine.Agents.Templates;

/// <summary>A template that cannot be rendered; the message is the bare detail, without the file.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="isUndefined">A variable does not exist, as opposed to a malformed template.</param>
internal sealed class TemplateException(string message, bool isUndefined = false) : Exception(message)
{
    public bool IsUndefined { get; } = isUndefined;
}
