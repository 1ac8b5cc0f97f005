using System.Text;

namespace Kimi.Cli.Options;

/// <summary>The help page of <c>kimi</c>.</summary>
internal static class HelpPage
{
    private const int Column = 34;

    /// <summary>What stands above every error of the command line.</summary>
    public const string Usage = "Usage: kimi [OPTIONS] COMMAND [ARGS]...";

    /// <summary>The page.</summary>
    public static string Write(IReadOnlyList<(string Name, string Help)> commands)
    {
        StringBuilder page = new();
        page.Append(Usage).Append("\n\n  Kimi, an AI agent for your terminal and for PowerShell.\n\nOptions:\n");
        foreach (OptionSpec option in OptionSpec.All)
        {
            string names = string.Join(", ", option.Names.OrderBy(static name => name.Length > 2 ? 1 : 0));
            names = option.Negative is null ? names : $"{names} / {option.Negative}";
            Row(page, option.TakesValue ? $"{names} {option.Placeholder}" : names, option.Help);
        }

        page.Append("\nCommands:\n");
        foreach ((string name, string help) in commands)
        {
            Row(page, name, help);
        }

        return page.ToString();
    }

    private static void Row(StringBuilder page, string left, string right)
    {
        page.Append("  ").Append(left);
        if (left.Length + 4 > Column)
        {
            page.Append('\n').Append(' ', Column);
        }
        else
        {
            page.Append(' ', Column - left.Length - 2);
        }

        page.Append(right).Append('\n');
    }
}
