namespace Kimi;

/// <summary>An image, sound or video in the answer.</summary>
public sealed class MediaEvent : TurnEvent
{
    /// <summary><c>image</c>, <c>audio</c> or <c>video</c>.</summary>
    public required string MediaType { get; init; }

    /// <summary>Where it is; may be a <c>data:</c> address that holds it.</summary>
    public required string Url { get; init; }

    /// <inheritdoc/>
    public override string Kind => "Media";

    /// <inheritdoc/>
    public override string Summary => $"{MediaType}: {Line.Of(Url)}";
}
