using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Xml.Linq;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.PowerShell.Tests.Packages;

/// <summary>What <c>dotnet pack</c> makes of the assemblies under test, packed once, in a folder of its own.</summary>
public sealed class BuiltPackages : IAsyncLifetime
{
    private readonly TempDirectory _folder = new();

    /// <summary>Where the packages are: a source that NuGet can restore from.</summary>
    public string Source => _folder.At("packages");

    public async ValueTask InitializeAsync()
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        // The module is laid out elsewhere: other tests are importing the one in output/.
        await DotnetAsync(
            Repository.Root, "pack", "Kimi.slnx", "--no-build", "--no-restore", "-c", configuration,
            $"-p:PackageOutputPath={Source}{Path.DirectorySeparatorChar}", $"-p:ModuleDir={_folder.At("module")}{Path.DirectorySeparatorChar}");
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The path of a package.</summary>
    public string File(string id) => Path.Join(Source, $"{id}.{Repository.Version}.nupkg");

    /// <summary>The paths inside a package.</summary>
    public string[] Entries(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(File(id));
        return [.. archive.Entries.Select(e => Uri.UnescapeDataString(e.FullName))];
    }

    /// <summary>What a package says of itself.</summary>
    public XElement Metadata(string id)
    {
        using ZipArchive archive = ZipFile.OpenRead(File(id));
        using Stream nuspec = archive.GetEntry(id + ".nuspec")!.Open();
        return XDocument.Load(nuspec).Root!.Elements().First(e => e.Name.LocalName == "metadata");
    }

    /// <summary>Restores from the built packages and from what this build was restored from; nothing is asked of a network.</summary>
    public void WriteNuGetConfig(TempDirectory place)
    {
        string restored = typeof(BuiltPackages).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "PackageRoot").Value!;
        place.Write("nuget.config", $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{place.At("restored")}" /></config>
              <packageSources><clear /><add key="built" value="{Source}" /><add key="restored" value="{restored}" /></packageSources>
              <disabledPackageSources><clear /></disabledPackageSources>
            </configuration>
            """);
    }

    /// <summary>Runs <c>dotnet</c> and returns its output; a failure fails the test.</summary>
    public static Task<string> DotnetAsync(string folder, params string[] arguments) => RunAsync(McpStdioServer.CommandLine().Command, folder, arguments);

    /// <summary>Runs a program in a folder, with a share directory there and none of the caller's settings.</summary>
    public static async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("KIMI_", StringComparison.Ordinal) || k.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["KIMI_SHARE_DIR"] = Path.Join(folder, "share");
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1"; // no process stays behind
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(McpStdioServer.CommandLine().Command);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await output}{await error}");
            return await output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
