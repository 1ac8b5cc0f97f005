using System.Management.Automation;
using System.Management.Automation.Language;

namespace Kimi.PowerShell.Completers;

/// <summary>Completion results that survive being typed: quoted where the shell would split or expand them.</summary>
internal static class Completion
{
    public static CompletionResult Of(string value, string? toolTip = null) =>
        new(Quote(value), value, CompletionResultType.ParameterValue, string.IsNullOrEmpty(toolTip) ? value : toolTip);

    /// <summary>A key of a hashtable as it is typed.</summary>
    public static string Key(string name)
    {
        bool isPlain = name.Length > 0 && !char.IsAsciiDigit(name[0]);
        foreach (char c in name) { isPlain &= char.IsAsciiLetterOrDigit(c) || c == '_'; }
        return isPlain ? name : "'" + CodeGeneration.EscapeSingleQuotedStringContent(name) + "'";
    }

    /// <summary>The path that is meant where the shell stands; null if there is none. A completer is given no session state.</summary>
    public static string? FullPath(string path)
    {
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand(@"Microsoft.PowerShell.Management\Convert-Path").AddParameter("LiteralPath", path).AddParameter("ErrorAction", ActionPreference.Ignore);
        return shell.Invoke<string>().FirstOrDefault();
    }

    internal static string Quote(string value)
    {
        if (value is "$true" or "$false") { return value; } // values, not their names
        foreach (char c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '/' or ':' or '\\'))
            {
                return "'" + CodeGeneration.EscapeSingleQuotedStringContent(value) + "'";
            }
        }

        return value.Length == 0 || value[0] is '-' ? "'" + value + "'" : value;
    }
}
