namespace Kimi.Cli.Options;

/// <summary>The command line is wrong; exit code 2.</summary>
internal sealed class UsageException(string message, string command = "") : Exception(message)
{
    /// <summary>The command in question, such as <c>mcp add</c>; empty for <c>kimi</c> itself.</summary>
    public string Command => command;

    /// <summary>A value that the option parser refuses: the option is quoted.</summary>
    public static UsageException Value(OptionSpec option, string text) =>
        new($"Invalid value for {string.Join(" / ", option.Names.Select(static name => $"'{name}'"))}: {text}");

    /// <summary>A value or combination that the command refuses.</summary>
    public static UsageException Check(string option, string text) => new($"Invalid value for {option}: {text}");
}
