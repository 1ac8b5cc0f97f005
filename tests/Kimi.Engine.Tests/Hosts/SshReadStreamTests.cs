using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tests.Hosts;

/// <summary>A command that breaks off while a file is read through it.</summary>
public sealed class SshReadStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Half_a_file_is_no_whole_one()
    {
        await using SshReadStream waiting = new(new BrokenProcess());
        using MemoryStream taken = new();
        Assert.Equal("cat: gone", (await Assert.ThrowsAsync<IOException>(() => waiting.CopyToAsync(taken, Token))).Message);
        Assert.Equal("half"u8, taken.ToArray());

        await using SshReadStream blocking = new(new BrokenProcess());
        Assert.Equal("cat: gone", Assert.Throws<IOException>(() => blocking.CopyTo(Stream.Null)).Message);
    }

    private sealed class BrokenProcess : IHostProcess
    {
        public Stream StandardOutput { get; } = new MemoryStream("half"u8.ToArray());

        public Stream StandardError { get; } = new MemoryStream("cat: gone\n"u8.ToArray());

        public Task<int> WaitAsync(CancellationToken cancellationToken) => Task.FromResult(1);

        public ValueTask KillTreeAsync() => default;

        public ValueTask DisposeAsync() => default;
    }
}
