namespace Kimi.Engine.Sessions.Pi;

/// <summary>The model of a session, as pi names it.</summary>
/// <param name="Provider">The provider, such as <c>moonshot</c>.</param>
/// <param name="ModelId">The provider's id of the model.</param>
/// <param name="Api">The family of the API, such as <c>openai-completions</c>.</param>
/// <param name="ThinkingLevel"><c>off</c>, <c>minimal</c>, <c>low</c>, <c>medium</c>, <c>high</c> or <c>xhigh</c>.</param>
public sealed record PiModel(string Provider, string ModelId, string Api = "openai-completions", string ThinkingLevel = "off");
