namespace Kimi.Engine.Turns.Commands;

/// <summary>A slash command as clients are told of it.</summary>
public sealed record SlashCommandInfo(string Name, string Description, IReadOnlyList<string> Aliases);
