using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Echo;

/// <summary>A parsed script of the offline providers: what their answer consists of.</summary>
internal sealed class EchoScript
{
    /// <summary>The parts, in order.</summary>
    public List<StreamPart> Parts { get; } = [];

    /// <summary>The message id.</summary>
    public string? Id { get; set; }

    /// <summary>The usage.</summary>
    public TokenUsage? Usage { get; set; }
}
