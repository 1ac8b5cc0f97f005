namespace Kimi.Engine.Chat;

/// <summary>A piece of a streamed answer: a <see cref="ContentPart"/>, a <see cref="ToolCall"/> or a <see cref="ToolCallPart"/>.</summary>
public abstract record StreamPart;

/// <summary>A piece of content of a message.</summary>
public abstract record ContentPart : StreamPart;

/// <summary>Text.</summary>
/// <param name="Text">The text; may be empty.</param>
public sealed record TextPart(string Text) : ContentPart;

/// <summary>Thinking of the model.</summary>
/// <param name="Think">The visible thinking; may be empty.</param>
/// <param name="Encrypted">Signature or opaque reasoning data of the provider; null when there is none.</param>
public sealed record ThinkPart(string Think, string? Encrypted = null) : ContentPart;

/// <summary>An image, a sound or a film, inline or by reference.</summary>
/// <param name="Url">An address, a <c>data:</c> URL or a provider's own reference (<c>ms://…</c>); kept as given.</param>
/// <param name="Id">The provider's id of the medium, if any.</param>
public abstract record MediaPart(string Url, string? Id) : ContentPart
{
    /// <summary>The discriminator in JSON: <c>image_url</c>, <c>audio_url</c> or <c>video_url</c>.</summary>
    public abstract string Type { get; }
}

/// <summary>An image.</summary>
public sealed record ImageUrlPart(string Url, string? Id = null) : MediaPart(Url, Id)
{
    /// <inheritdoc/>
    public override string Type => "image_url";
}

/// <summary>A sound.</summary>
public sealed record AudioUrlPart(string Url, string? Id = null) : MediaPart(Url, Id)
{
    /// <inheritdoc/>
    public override string Type => "audio_url";
}

/// <summary>A film.</summary>
public sealed record VideoUrlPart(string Url, string? Id = null) : MediaPart(Url, Id)
{
    /// <inheritdoc/>
    public override string Type => "video_url";
}
