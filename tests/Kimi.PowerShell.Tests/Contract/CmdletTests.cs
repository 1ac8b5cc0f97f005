using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tests.Contract;

public sealed partial class CmdletTests
{
    private static readonly string[] s_changing =
        ["Stop", "Remove", "Rename", "Clear", "Set", "Compress", "Unregister", "Invoke", "Restore"];

    public static TheoryData<string> Names => CmdletCatalog.Names;

    [Fact]
    public void There_are_cmdlets() => Assert.NotEmpty(CmdletCatalog.All);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_verb_is_approved_and_the_noun_singular(string name)
    {
        CmdletFact cmdlet = CmdletCatalog.Find(name);
        Assert.Contains(cmdlet.Verb, ApprovedVerbs());
        Assert.Matches("^Kimi[A-Z][A-Za-z]*$", cmdlet.Noun);
        Assert.DoesNotMatch("[^s]s$", cmdlet.Noun);
        Assert.Contains(cmdlet.Noun, typeof(Nouns).GetFields().Select(f => f.GetRawConstantValue()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_class_is_sealed_public_and_named_after_the_cmdlet(string name)
    {
        CmdletFact cmdlet = CmdletCatalog.Find(name);
        Assert.True(cmdlet.Type.IsSealed && cmdlet.Type.IsPublic);
        Assert.Equal(name.Replace("-", "", StringComparison.Ordinal) + "Command", cmdlet.Type.Name);
        Assert.True(cmdlet.Type.IsSubclassOf(typeof(KimiCmdlet)));
        Assert.True(File.Exists(Path.Join(Repository.ModuleSource, "Commands", cmdlet.Type.Name + ".cs")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_output_type_is_stated(string name)
    {
        IReadOnlyList<Type> outputs = CmdletCatalog.Find(name).Outputs;
        Assert.NotEmpty(outputs);
        Assert.All(outputs, type => Assert.NotEqual("Kimi.Engine", type.Assembly.GetName().Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_changes_something_supports_WhatIf(string name)
    {
        CmdletFact cmdlet = CmdletCatalog.Find(name);
        if (s_changing.Contains(cmdlet.Verb)) { Assert.True(cmdlet.SupportsShouldProcess); }
        if (cmdlet.Verb is "Get" or "Find" or "Test" or "Measure") { Assert.False(cmdlet.SupportsShouldProcess); }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Parameters_follow_the_rules(string name)
    {
        CmdletFact cmdlet = CmdletCatalog.Find(name);
        HashSet<string> sets = [];
        foreach (ParameterFact parameter in cmdlet.Parameters)
        {
            sets.UnionWith(parameter.Sets.Select(s => s.Set).Where(s => s != "(All)"));
            Assert.Matches("^[A-Z][A-Za-z]+$", parameter.Name);
            if (parameter.Type.IsArray) { Assert.DoesNotMatch("[^s]s$", parameter.Name); }
            Assert.All(parameter.Sets, s => Assert.True(s.Position is null or 0 or 1, parameter.Name));
            Assert.NotEqual(typeof(bool), parameter.Type);
            Assert.False(parameter.Name.StartsWith("No", StringComparison.Ordinal) && parameter.Type == typeof(SwitchParameter), parameter.Name);
            if (parameter.Type == typeof(string) || parameter.Type == typeof(string[])) { Assert.True(parameter.IsChecked, $"{parameter.Name} validates nothing"); }
        }

        if (sets.Count > 1) { Assert.Contains(cmdlet.DefaultParameterSet!, sets); }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_session_is_found_under_all_its_names(string name)
    {
        foreach (ParameterFact parameter in CmdletCatalog.Find(name).Parameters)
        {
            if (parameter.Name == "Session") { Assert.Equal(["Id", "SessionId"], parameter.Aliases.Order(StringComparer.Ordinal)); }
            if (parameter.Name == "SessionId") { Assert.Contains("Id", parameter.Aliases); }
        }
    }

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets_that_exist()
    {
        string manifest = File.ReadAllText(Path.Join(Repository.Root, "Kimi.psd1"));
        string list = ExportList().Match(manifest).Groups[1].Value;
        Assert.Equal(
            CmdletCatalog.All.Select(c => c.Name),
            QuotedWord().Matches(list).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("'*'", manifest, StringComparison.Ordinal);
    }

    private static HashSet<string> ApprovedVerbs() => [.. typeof(VerbsCommon).Assembly.GetTypes()
        .Where(t => t.IsPublic && t.Name.StartsWith("Verbs", StringComparison.Ordinal))
        .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static))
        .Select(f => (string)f.GetRawConstantValue()!)];

    [GeneratedRegex(@"CmdletsToExport\s*=\s*@\(([^)]*)\)")]
    private static partial Regex ExportList();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex QuotedWord();
}
