using System.Management.Automation;
using System.Text.RegularExpressions;

namespace Kimi.PowerShell.Hosting;

/// <summary>Refuses what is no regular expression at binding: the engine would take it as one that nothing matches.</summary>
internal sealed class ValidateRegexAttribute : ValidateEnumeratedArgumentsAttribute
{
    protected override void ValidateElement(object element)
    {
        try
        {
            _ = new Regex(LanguagePrimitives.ConvertTo<string>(element).Replace("(?P<", "(?<", StringComparison.Ordinal), RegexOptions.CultureInvariant);
        }
        catch (RegexParseException e)
        {
            throw new ValidationMetadataException($"'{element}' is no regular expression. {e.Message}");
        }
    }
}
