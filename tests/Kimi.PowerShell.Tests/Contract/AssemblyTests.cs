using System.Management.Automation;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tests.Contract;

/// <summary>What the load contexts demand of the three assemblies.</summary>
public sealed partial class AssemblyTests
{
    private static readonly Assembly s_module = typeof(KimiCmdlet).Assembly;
    private static readonly Assembly s_engine = typeof(WireMessage).Assembly;

    [Fact]
    public void The_version_is_the_manifests() =>
        Assert.Matches($@"ModuleVersion\s*= '{Regex.Escape(Repository.Version)}'", File.ReadAllText(Path.Join(Repository.Root, "Kimi.psd1")));

    [Fact]
    public void The_module_refers_to_the_engine_the_contracts_PowerShell_and_the_framework_only() =>
        Assert.Equal(["Kimi.Contracts", "Kimi.Engine", "System.Management.Automation"], Foreign(s_module));

    [Fact]
    public void The_contracts_refer_to_the_framework_only() => Assert.Empty(Foreign(typeof(TurnEvent).Assembly));

    [Fact]
    public void The_engine_knows_neither_contracts_nor_PowerShell() =>
        Assert.DoesNotContain(Foreign(s_engine), name => name is "Kimi.Contracts" or "Kimi.PowerShell" or "System.Management.Automation");

    [Fact]
    public void No_exported_type_needs_the_engine_before_OnImport()
    {
        foreach (Type type in s_module.GetExportedTypes())
        {
            Assert.NotEqual(s_engine, type.BaseType?.Assembly);
            Assert.DoesNotContain(type.GetInterfaces(), i => i.Assembly == s_engine || i.GetGenericArguments().Any(a => a.Assembly == s_engine));
            IEnumerable<Type> fields = type
                .GetFields(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                .Select(f => Nullable.GetUnderlyingType(f.FieldType) ?? f.FieldType);
            Assert.DoesNotContain(fields, f => f.IsValueType && f.Assembly == s_engine);
        }
    }

    [Fact]
    public void Only_cmdlets_their_bases_and_what_PowerShell_makes_itself_are_exported() => Assert.All(
        s_module.GetExportedTypes(),
        t => Assert.True(typeof(Cmdlet).IsAssignableFrom(t) || t == typeof(ModuleLifetime) || t == typeof(KimiJobSourceAdapter), t.FullName));

    [Fact]
    public void Every_error_id_is_documented_and_no_other()
    {
        string page = File.ReadAllText(Path.Join(Repository.Help, "about_KimiErrors.md"));
        IEnumerable<string> documented = TableId().Matches(page).Select(m => m.Groups[1].Value);
        Assert.Equal(UserStrings(s_module).Where(s => ErrorId().IsMatch(s)).Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    private static List<string> Foreign(Assembly assembly)
    {
        using PEReader file = new(File.OpenRead(assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        string framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        return [.. metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .Where(name => !File.Exists(Path.Join(framework, name + ".dll")))
            .Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> UserStrings(Assembly assembly)
    {
        using PEReader file = new(File.OpenRead(assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        for (UserStringHandle handle = MetadataTokens.UserStringHandle(1); !handle.IsNil; handle = metadata.GetNextHandle(handle))
        {
            yield return metadata.GetUserString(handle);
        }
    }

    [GeneratedRegex("^Kimi[A-Z][A-Za-z]+$")]
    private static partial Regex ErrorId();

    [GeneratedRegex(@"^\| (Kimi\w+) \|", RegexOptions.Multiline)]
    private static partial Regex TableId();
}
