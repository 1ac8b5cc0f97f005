using Kimi.Engine.Text;

namespace Kimi.Engine.Configuration;

/// <summary>A text that must not be shown: an API key. Only <see cref="Reveal"/> hands it out.</summary>
public readonly record struct Secret
{
    private readonly string? _value;

    /// <summary>Wraps a secret.</summary>
    public Secret(string value) => _value = value;

    /// <summary>Whether there is nothing to hide.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(_value);

    /// <summary>The secret in clear text.</summary>
    public string Reveal() => _value ?? "";

    /// <summary>A mask, never the secret.</summary>
    public override string ToString() => SecretFilter.Mask;
}
