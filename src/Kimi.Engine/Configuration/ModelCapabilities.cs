namespace Kimi.Engine.Configuration;

/// <summary>What a model can take or do.</summary>
[Flags]
public enum ModelCapabilities
{
    /// <summary>Text only.</summary>
    None = 0,

    /// <summary><c>image_in</c></summary>
    ImageIn = 1,

    /// <summary><c>video_in</c></summary>
    VideoIn = 2,

    /// <summary><c>thinking</c></summary>
    Thinking = 4,

    /// <summary><c>always_thinking</c></summary>
    AlwaysThinking = 8,
}
