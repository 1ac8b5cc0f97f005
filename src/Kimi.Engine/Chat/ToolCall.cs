using System.Text.Json;

namespace Kimi.Engine.Chat;

/// <summary>A call of a tool by the model.</summary>
/// <param name="Id">The provider's id of the call, as given.</param>
/// <param name="Name">Name of the tool.</param>
/// <param name="Arguments">The raw JSON text as the model produced it; never serialised again. Null when none came.</param>
/// <param name="Extras">Private data of the provider (an object), or null.</param>
public sealed record ToolCall(string Id, string Name, string? Arguments, JsonElement? Extras = null) : StreamPart;

/// <summary>A further piece of the arguments of the latest <see cref="ToolCall"/>.</summary>
/// <param name="ArgumentsPart">The piece; null counts as empty.</param>
public sealed record ToolCallPart(string? ArgumentsPart) : StreamPart;
