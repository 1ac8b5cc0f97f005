namespace Kimi.Engine.Configuration;

/// <summary>Points to a stored sign-in.</summary>
/// <param name="Storage"><c>file</c> or <c>keyring</c>.</param>
/// <param name="Key">Its name in the store.</param>
public sealed record OAuthReference(string Storage, string Key);
