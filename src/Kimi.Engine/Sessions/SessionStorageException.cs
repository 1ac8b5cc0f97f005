namespace Kimi.Engine.Sessions;

/// <summary>A session cannot be read, written or opened. The text is one sentence for the user.</summary>
public sealed class SessionStorageException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether nothing is wrong with the files, but another process has the session open.</summary>
    public bool IsInUse { get; init; }
}
