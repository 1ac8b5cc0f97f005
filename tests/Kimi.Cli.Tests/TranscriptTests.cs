using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests;

/// <summary>The thirty recorded scenarios, played again by the real executable.</summary>
public sealed class TranscriptTests
{
    public static TheoryData<string> Names => [.. Transcript.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_recorded_scenario_plays_equal(string name)
    {
        if (OperatingSystem.IsWindows() && name.StartsWith("tools-", StringComparison.Ordinal))
        {
            Assert.Skip("recorded with bash");
        }

        IReadOnlyList<string> differences = await Transcript.RunAsync(name);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
