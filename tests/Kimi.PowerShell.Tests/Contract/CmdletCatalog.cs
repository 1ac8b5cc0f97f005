using System.Management.Automation;
using System.Reflection;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tests.Contract;

/// <summary>
/// A cmdlet as its metadata has it. Attributes are read as data, never made: the reference assembly they come from has
/// empty bodies.
/// </summary>
internal sealed class CmdletFact(Type type, CustomAttributeData attribute)
{
    public Type Type { get; } = type;

    public string Verb { get; } = (string)attribute.ConstructorArguments[0].Value!;

    public string Noun { get; } = (string)attribute.ConstructorArguments[1].Value!;

    public string Name => $"{Verb}-{Noun}";

    public bool SupportsShouldProcess { get; } = attribute.Named("SupportsShouldProcess") is true;

    public string? DefaultParameterSet { get; } = (string?)attribute.Named("DefaultParameterSetName");

    public IReadOnlyList<Type> Outputs { get; } =
    [
        .. type.GetCustomAttributesData().Where(a => a.AttributeType == typeof(OutputTypeAttribute))
            .SelectMany(a => (IReadOnlyCollection<CustomAttributeTypedArgument>)a.ConstructorArguments[^1].Value!).Select(v => (Type)v.Value!),
    ];

    /// <summary>Its own parameters; those of every cmdlet are not among them.</summary>
    public IReadOnlyList<ParameterFact> Parameters { get; } =
    [
        .. type.GetProperties().Where(p => p.Has(typeof(ParameterAttribute))).Select(p => new ParameterFact(p)),
    ];
}

/// <summary>A parameter.</summary>
internal sealed class ParameterFact(PropertyInfo property)
{
    public string Name => property.Name;

    public Type Type => property.PropertyType;

    public bool IsWild { get; } = property.Has(typeof(SupportsWildcardsAttribute));

    public bool IsChecked { get; } = property.GetCustomAttributesData().Any(a => a.AttributeType.IsSubclassOf(typeof(ValidateArgumentsAttribute)) || a.AttributeType == typeof(AllowEmptyStringAttribute));

    public IReadOnlyList<string> Aliases { get; } =
    [
        .. property.GetCustomAttributesData().Where(a => a.AttributeType == typeof(AliasAttribute))
            .SelectMany(a => (IReadOnlyCollection<CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!).Select(v => (string)v.Value!),
    ];

    public IReadOnlyList<ParameterSetFact> Sets { get; } =
    [
        .. property.GetCustomAttributesData().Where(a => a.AttributeType == typeof(ParameterAttribute)).Select(a => new ParameterSetFact(
            (string?)a.Named("ParameterSetName") ?? "(All)", (int?)a.Named("Position"), a.Named("Mandatory") is true,
            a.Named("ValueFromPipeline") is true, a.Named("ValueFromPipelineByPropertyName") is true)),
    ];
}

internal sealed record ParameterSetFact(string Set, int? Position, bool Required, bool Pipeline, bool PipelineByName);

internal static class CmdletCatalog
{
    public static IReadOnlyList<CmdletFact> All { get; } =
    [
        .. typeof(KimiCmdlet).Assembly.GetTypes()
            .Select(t => (Type: t, Attribute: t.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType == typeof(CmdletAttribute))))
            .Where(c => c.Attribute is not null)
            .Select(c => new CmdletFact(c.Type, c.Attribute!))
            .OrderBy(c => c.Name, StringComparer.Ordinal),
    ];

    public static TheoryData<string> Names => [.. All.Select(c => c.Name)];

    public static CmdletFact Find(string name) => All.Single(c => c.Name == name);

    public static object? Named(this CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.Where(a => a.MemberName == name).Select(a => a.TypedValue.Value).FirstOrDefault();

    public static bool Has(this PropertyInfo property, Type attribute) => property.GetCustomAttributesData().Any(a => a.AttributeType == attribute);
}
