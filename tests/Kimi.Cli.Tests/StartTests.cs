using System.Globalization;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests;

/// <summary>How much a start compiles: the measure of start-up that does not depend on the machine. Bounds hold some room.</summary>
public sealed class StartTests : IDisposable
{
    private readonly KimiFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_version_compiles_next_to_nothing() => await ExpectAsync(15, "--version");

    [Fact]
    public async Task The_options_compile_little() => await ExpectAsync(110, "--quiet", "--wire");

    [Fact]
    public async Task A_turn_compiles_no_more_than_it_needs() =>
        await ExpectAsync(1800, "--quiet", "-p", "x", "--config-file", _folder.WriteScripts("text: hi"));

    private async Task ExpectAsync(long most, params string[] arguments)
    {
        string file = Path.Combine(_folder.Root, "jit");
        _folder.Environment["KIMI_TEST_JIT_FILE"] = file;
        _folder.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        await _folder.RunAsync(arguments);
        long count = long.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"{count} methods");
        Assert.InRange(count, 1, most);
    }
}
