namespace Kimi.Engine.Turns.Commands;

/// <summary>Reads what follows a command's name.</summary>
internal static class CommandArguments
{
    /// <summary>The trimmed text without a matching pair of quotes around it.</summary>
    public static string Unquote(string arguments)
    {
        string text = arguments.Trim();
        return text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0] ? text[1..^1].Trim() : text;
    }
}
