namespace Kimi.Engine.Hosts;

/// <summary>The operating system and the shell of the machine the tools work on.</summary>
/// <param name="OsKind"><c>Linux</c>, <c>macOS</c>, <c>Windows</c> or another name.</param>
/// <param name="Name"><c>bash</c> or <c>sh</c>.</param>
/// <param name="Path">Path of the shell.</param>
public sealed record ShellEnvironment(string OsKind, string Name, string Path);
