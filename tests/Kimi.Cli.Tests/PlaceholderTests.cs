namespace Kimi.Cli.Tests;

public sealed class AssemblyTests
{
    [Fact]
    public void The_version_is_kimi_clis() => Assert.StartsWith("1.49.0", typeof(AssemblyTests).Assembly.GetName().Version!.ToString(), StringComparison.Ordinal);
}
