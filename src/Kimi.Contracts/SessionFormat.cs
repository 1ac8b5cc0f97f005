namespace Kimi;

/// <summary>How a session is written to a file.</summary>
public enum SessionFormat
{
    /// <summary>A text to read.</summary>
    Markdown,

    /// <summary>The messages as a JSON array.</summary>
    Json,

    /// <summary>All files of the session in an archive, from which it can be restored.</summary>
    Zip,
}
