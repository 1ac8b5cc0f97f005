namespace Kimi.Engine.Skills.Flows;

/// <summary>One statement of a D2 text.</summary>
/// <param name="Line">The line it starts at.</param>
/// <param name="Text">The statement without comment and block.</param>
/// <param name="Markdown">Its Markdown label, if it has one.</param>
internal readonly record struct D2Statement(int Line, string Text, string? Markdown);
