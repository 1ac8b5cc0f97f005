using System.Management.Automation;
using Kimi.Engine.Hooks;

namespace Kimi.PowerShell.Hosting;

/// <summary>Refuses what is no regular expression at binding: the engine would take it as one that nothing matches.</summary>
internal sealed class ValidateRegexAttribute : ValidateEnumeratedArgumentsAttribute
{
    protected override void ValidateElement(object element)
    {
        if (HookMatcher.Fault(LanguagePrimitives.ConvertTo<string>(element)) is string fault)
        {
            throw new ValidationMetadataException($"'{element}' is no regular expression. {fault}");
        }
    }
}
