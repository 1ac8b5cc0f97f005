using System.Text.RegularExpressions;
using System.Xml.Linq;
using Kimi.PowerShell.Tests.Pester;
using Kimi.Testing;

namespace Kimi.PowerShell.Tests.Packages;

/// <summary>Each package is installed from its file into an empty place, and used there.</summary>
public sealed partial class PackageTests(BuiltPackages packages) : IClassFixture<BuiltPackages>
{
    [Fact]
    public void There_are_the_three_packages_and_no_other() => Assert.Equal(
        ((string[])["Kimi", "Kimi.Cli", "Kimi.Engine"]).Select(packages.File).Order(StringComparer.Ordinal),
        Directory.GetFiles(packages.Source).Order(StringComparer.Ordinal));

    [Fact]
    public void The_engine_brings_its_documentation_and_says_what_it_needs()
    {
        string[] entries = packages.Entries("Kimi.Engine");
        Assert.Equal([], ((string[])
        [
            "lib/net10.0/Kimi.Engine.dll", "lib/net10.0/Kimi.Engine.xml", "engine.md", "LICENSE", "NOTICE", "buildTransitive/Kimi.Engine.targets",
        ]).Except(entries));
        Assert.Contains(entries, e => e.StartsWith("skills/", StringComparison.Ordinal) && e.EndsWith("SKILL.md", StringComparison.Ordinal));
        Assert.DoesNotContain(entries, e => e.StartsWith("content", StringComparison.Ordinal));
        XElement metadata = packages.Metadata("Kimi.Engine");
        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.Equal("engine.md", Value(metadata, "readme"));
        string project = File.ReadAllText(Path.Join(Repository.Root, "src", "Kimi.Engine", "Kimi.Engine.csproj"));
        Assert.Equal(
            PackageReference().Matches(project).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal),
            metadata.Descendants().Where(e => e.Name.LocalName == "dependency").Select(e => e.Attribute("id")!.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_program_that_refers_to_the_engine_runs_a_turn()
    {
        using TempDirectory place = new();
        packages.WriteNuGetConfig(place);
        place.Write("Directory.Build.props", "<Project />");
        place.Write("App.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
                <UseAppHost>false</UseAppHost>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Kimi.Engine" Version="[{Repository.Version}]" /></ItemGroup>
            </Project>
            """);
        string page = File.ReadAllText(Path.Join(Repository.Root, "docs", "engine.md")).ReplaceLineEndings("\n");
        place.Write("Program.cs", CSharp().Match(page).Groups[1].Value); // the example that its readers see

        await BuiltPackages.DotnetAsync(place.Path, "build", "App.csproj", "-o", place.At("bin"));
        string output = await BuiltPackages.DotnetAsync(place.Path, place.At("bin/App.dll"));

        Assert.Contains("> Shell ", output, StringComparison.Ordinal);
        Assert.Contains("Finished: ", output, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.GetFiles(place.At("bin/skills"), "SKILL.md", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task The_command_is_installed_as_a_tool_and_runs_a_turn()
    {
        using TempDirectory place = new();
        packages.WriteNuGetConfig(place);
        string tools = place.At("tools");

        await BuiltPackages.DotnetAsync(
            place.Path, "tool", "install", "Kimi.Cli", "--tool-path", tools, "--version", Repository.Version, "--configfile", place.At("nuget.config"));
        string kimi = Path.Join(tools, OperatingSystem.IsWindows() ? "kimi.exe" : "kimi");

        Assert.Contains(Version.Parse(Repository.Version).ToString(3), await BuiltPackages.RunAsync(kimi, place.Path, "--version"), StringComparison.Ordinal);
        Assert.NotEmpty((await BuiltPackages.RunAsync(kimi, place.Make("work"), "--quiet", "-p", "what is here?")).Trim());
        Assert.NotEmpty(Directory.GetFiles(tools, "SKILL.md", SearchOption.AllDirectories));
    }

    [Fact]
    public void The_module_is_packed_as_galleries_keep_it()
    {
        XElement metadata = packages.Metadata("Kimi");
        Assert.Contains("PSModule", Value(metadata, "tags").Split(' '));
        Assert.DoesNotContain(metadata.Descendants(), e => e.Name.LocalName == "dependency");
        string[] built = [.. Directory.GetFiles(Repository.Module, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Repository.Module, f).Replace('\\', '/'))];
        string[] packed = [.. packages.Entries("Kimi").Where(e => e is not ("Kimi.nuspec" or "[Content_Types].xml") && !e.StartsWith("_rels/", StringComparison.Ordinal) && !e.StartsWith("package/", StringComparison.Ordinal))];
        Assert.Equal(built.Order(StringComparer.Ordinal), packed.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(packed, f => f.EndsWith("System.Management.Automation.dll", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Publish-PSResource -Path $built -Repository target")]
    public async Task The_module_is_installed_from_a_repository_and_runs_a_turn(string publish)
    {
        string pwsh = Pwsh.Require();
        using TempDirectory place = new();
        string repository = publish.Length == 0 ? packages.Source : place.Make("repository");
        place.Write("install.ps1", $"""
            $ErrorActionPreference = 'Stop'
            $built = '{Repository.Module}'
            $env:HOME = '{place.Path}' # where the list of repositories and the user's modules are
            Register-PSResourceRepository -Name target -Uri '{repository}' -Trusted
            {publish}
            {(OperatingSystem.IsWindows() ? $"Save-PSResource Kimi -Repository target -Path '{place.Make("modules")}'; Unregister-PSResourceRepository target" : "Install-PSResource Kimi -Repository target -Scope CurrentUser")}
            """);
        string modules = OperatingSystem.IsWindows() ? place.At("modules") : place.At(".local/share/powershell/Modules");

        await BuiltPackages.RunAsync(pwsh, place.Make("work"), "-NoProfile", "-NonInteractive", "-File", place.At("install.ps1"));
        string output = await BuiltPackages.RunAsync(
            pwsh, place.At("work"), "-NoProfile", "-NonInteractive", "-Command",
            $"$env:PSModulePath = '{modules}' + [IO.Path]::PathSeparator + $env:PSModulePath; " +
            "$r = Invoke-KimiTurn 'what is here?' -Model demo -ApprovalMode AllowAll -ResultOnly; \"$($r.Status) $((Get-Module Kimi).ModuleBase)\"");

        Assert.Equal($"Completed {Path.Join(modules, "Kimi", Repository.Version)}", output.Trim());
    }

    private static string Value(XElement metadata, string name) => metadata.Elements().First(e => e.Name.LocalName == name).Value;

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\"")]
    private static partial Regex PackageReference();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();
}
