namespace Kimi.Engine.Configuration;

/// <summary><c>[services]</c>: a service that is absent is off.</summary>
public sealed record ServicesConfig
{
    /// <summary>Web search.</summary>
    public ServiceConfig? MoonshotSearch { get; init; }

    /// <summary>Fetching of pages.</summary>
    public ServiceConfig? MoonshotFetch { get; init; }
}
