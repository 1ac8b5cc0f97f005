namespace Kimi.Engine.Sessions;

/// <summary>A session cannot be read, written or opened. The text is one sentence for the user.</summary>
public sealed class SessionStorageException(string message, Exception? inner = null) : Exception(message, inner);
