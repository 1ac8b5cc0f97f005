using Kimi.Engine.Agents;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

public sealed class DirectoryTreeTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void EmptyDirectory() => Assert.Equal("(empty directory)", DirectoryTree.List(_dir.Path));

    [Fact]
    public void MissingDirectoryIsNull() => Assert.Null(DirectoryTree.List(_dir.At("none")));

    [Fact]
    public void DirectoriesFirstThenByNameOrdinally()
    {
        _dir.Write("b.txt", "");
        _dir.Write("B.txt", "");
        _dir.Write(".hidden", "");
        _dir.Write("z/inner.txt", "");
        _dir.Write("z/sub/deep.txt", "");
        _dir.Make("a");
        Assert.Equal(
            """
            ├── a/
            ├── z/
            │   ├── sub/
            │   └── inner.txt
            ├── .hidden
            ├── B.txt
            └── b.txt
            """.ReplaceLineEndings("\n"),
            DirectoryTree.List(_dir.Path));
    }

    [Fact]
    public void LastDirectoryIndentsWithBlanks()
    {
        _dir.Write("only/x", "");
        Assert.Equal("└── only/\n    └── x", DirectoryTree.List(_dir.Path));
    }

    [Fact]
    public void OverflowAtBothLevels()
    {
        for (int i = 0; i < 12; i++)
        {
            _dir.Write($"a/f{i:00}", "");
        }

        for (int i = 0; i < 32; i++)
        {
            _dir.Write($"f{i:00}", "");
        }

        string[] lines = DirectoryTree.List(_dir.Path)!.Split('\n');
        Assert.Equal("├── a/", lines[0]);
        Assert.Equal("│   ├── f09", lines[10]);
        Assert.Equal("│   └── ... and 2 more", lines[11]);
        Assert.Equal("├── f28", lines[^2]);
        Assert.Equal("└── ... and 3 more entries", lines[^1]);
        Assert.Equal(30 + 11 + 1, lines.Length);
    }

    [Fact]
    public void ExactlyThirtyEntriesHaveNoOverflowLine()
    {
        for (int i = 0; i < 30; i++)
        {
            _dir.Write($"f{i:00}", "");
        }

        Assert.EndsWith("└── f29", DirectoryTree.List(_dir.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void LinksAreFollowedAndABrokenOneIsAFile()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs a privilege on Windows");
        _dir.Write("real/x", "");
        File.CreateSymbolicLink(_dir.At("broken"), _dir.At("nowhere"));
        Directory.CreateSymbolicLink(_dir.At("link"), _dir.At("real"));
        Assert.Equal("├── link/\n│   └── x\n├── real/\n│   └── x\n└── broken", DirectoryTree.List(_dir.Path));
    }

    [Fact]
    public void UnreadableChild()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("needs POSIX modes and an ordinary user");
            return;
        }

        string child = _dir.Make("locked");
        File.SetUnixFileMode(child, UnixFileMode.None);
        string? listing = DirectoryTree.List(_dir.Path);
        File.SetUnixFileMode(child, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Equal("└── locked/\n    └── [not readable]", listing);
    }
}
