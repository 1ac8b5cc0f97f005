using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>Refuses text of blanks alone at binding, each element of an array too.</summary>
internal sealed class ValidateNotBlankAttribute : ValidateEnumeratedArgumentsAttribute
{
    protected override void ValidateElement(object element)
    {
        if (string.IsNullOrWhiteSpace(LanguagePrimitives.ConvertTo<string>(element))) { throw new ValidationMetadataException("The text is empty or blank. Give some text."); }
    }
}
