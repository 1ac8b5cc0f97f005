using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Kimi.Engine.Tests;

/// <summary>Holds the engine to its own house rules.</summary>
public sealed partial class ArchitectureTests
{
    // Ground floor first: a folder may use those before it, never those behind it. Folders in one group are on one floor.
    private static readonly string[][] s_floors =
    [
        ["Text"], ["Chat"], ["Configuration"], ["Providers"], ["Wire"], ["Hosts"], ["Hooks", "Skills", "Agents"], ["Tools"], ["Mcp"], ["Sessions"], ["Turns"],
    ];

    [Fact]
    public void The_engine_knows_no_console_and_no_PowerShell()
    {
        IEnumerable<string?> references = typeof(KimiSession).Assembly.GetReferencedAssemblies().Select(static name => name.Name);
        Assert.DoesNotContain("System.Console", references);
        Assert.DoesNotContain("System.Management.Automation", references);
        Assert.DoesNotContain("Kimi.Contracts", references);
    }

    [Fact]
    public void No_folder_uses_one_above_it()
    {
        List<string> faults = [];
        string engine = Path.Join(RepositoryRoot(), "src", "Kimi.Engine");
        foreach (string file in Directory.EnumerateFiles(engine, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(engine, file).Split(Path.DirectorySeparatorChar)[0];
            int floor = Floor(folder);
            if (floor < 0)
            {
                continue; // the door itself
            }

            foreach (Match use in Uses().Matches(File.ReadAllText(file)))
            {
                int used = Floor(use.Groups["folder"].Value);
                if (used > floor)
                {
                    faults.Add($"{folder}/{Path.GetFileName(file)} uses {use.Groups["folder"].Value}");
                }
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void Namespaces_are_folders()
    {
        List<string> faults = [];
        string source = Path.Join(RepositoryRoot(), "src", "Kimi.Engine");
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string relative = Path.GetRelativePath(source, file);
            string folder = relative.Split(Path.DirectorySeparatorChar)[0];
            Match declared = Namespace().Match(File.ReadAllText(file));
            string expected = folder.EndsWith(".cs", StringComparison.Ordinal) ? "Kimi.Engine" : $"Kimi.Engine.{folder}";
            if (declared.Success && declared.Groups[1].Value != expected && !declared.Groups[1].Value.StartsWith(expected + ".", StringComparison.Ordinal))
            {
                faults.Add($"{relative}: {declared.Groups[1].Value}");
            }
        }

        Assert.Empty(faults);
    }

    [Fact]
    public void There_is_one_version()
    {
        string manifest = File.ReadAllText(Path.Join(RepositoryRoot(), "Kimi.psd1"));
        string version = Regex.Match(manifest, @"ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value;
        Assert.StartsWith(EngineInfo.Version, version, StringComparison.Ordinal);
        Assert.Equal(version, typeof(KimiSession).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]);
    }

    private static int Floor(string folder) => Array.FindIndex(s_floors, floor => floor.Contains(folder));

    private static string RepositoryRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "..", ".."));

    [GeneratedRegex(@"\bKimi\.Engine\.(?<folder>[A-Z]\w+)")]
    private static partial Regex Uses();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
