using System.Text;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Search;

namespace Kimi.Engine.Tests.Tools;

/// <summary>The engine of our own against ripgrep, query by query.</summary>
public sealed class GrepEngineTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public GrepEngineTests()
    {
        _folder.Write("a.txt", "needle one\nline two\nNeedle three\n\nfour needle needle\nfive\nsix\nseven\neight needle\n");
        _folder.Write("src/a.py", "def f(x):\n    return x + 1\n\nclass Foo:\n    needle = 'ä'\n");
        _folder.Write("src/b.cs", "namespace N;\r\npublic class Needle { }\r\nneedle\r\n");
        _folder.Write("src/deep/c.txt", "no newline needle");
        _folder.Write("src/.hidden/d.txt", "needle\n");
        _folder.Write(".dot", "needle\n");
        _folder.Write("empty.txt", "");
        _folder.Write("blank.txt", "\n\n\n");
        _folder.Write("out/ignored.txt", "needle\n");
        _folder.Write("logs/keep.log", "needle\n");
        _folder.Write("logs/drop.log", "needle\n");
        _folder.Write("vendor/lib/x.txt", "needle\n");
        _folder.Write("sub/.gitignore", "/rooted.txt\n*.tmp\n!keep.tmp\ndeep/**/z.txt\n# comment\n\\#hash\nend\\ \n[ab].md\n");
        foreach (string name in (string[])["rooted.txt", "more/rooted.txt", "x.tmp", "keep.tmp", "deep/z.txt", "deep/1/2/z.txt", "#hash", "a.md", "c.md"])
        {
            _folder.Write($"sub/{name}", "needle\n");
        }

        _folder.Write(".gitignore", "out/\n*.log\n!logs/keep.log\nvendor/**\n");
        _folder.Write(".ignore", "only-ignore.txt\n!x.tmp\n");
        _folder.Write("only-ignore.txt", "needle\n");
        _folder.Write(".rgignore", "rg-only.txt\n");
        _folder.Write("rg-only.txt", "needle\n");
        _folder.Write(".git/HEAD", "needle\n");
        _folder.Write(".svn/x", "needle\n");
        _folder.Write("inner/.git/HEAD", "x\n");
        _folder.Write("inner/x.log", "needle\n");
        _folder.Write("long.txt", $"needle {new string('x', 600)}\nshort needle\n");
        File.WriteAllBytes(_folder["binary.bin"], Encoding.Latin1.GetBytes("abc\nneedle\n\0bin\nneedle\n"));
        File.WriteAllBytes(_folder["latin.txt"], Encoding.Latin1.GetBytes("caf\u00e9 needle\n"));
        File.WriteAllBytes(_folder["wide.txt"], [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("wide needle\nother\n")]);
        File.WriteAllBytes(_folder["wide-be.txt"], [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes("wide needle\n")]);
        File.WriteAllBytes(_folder["bom.txt"], [.. Encoding.UTF8.GetPreamble(), .. "needle bom\n"u8]);
        File.CreateSymbolicLink(_folder["link.txt"], _folder["a.txt"]);
        Directory.CreateSymbolicLink(_folder["src/loop"], _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Patterns =>
    [
        "needle", "Needle", "^needle", "needle$", "^$", "^", "n..dle", @"\bneedle\b", @"\w+\s\w+", "(one|two)", "(?i)NEEDLE", "[[:upper:]]", @"\d", "e{2}", "e{2,}", "n[^x]edle", @"ä", "é|ä",
        "(?P<q>need)le", @"\x6eeedle", @"\u{6e}eedle", "[a-c]{3}", "needle.*needle", "zebra", @"f\(x\)", "}", @"\s+needle", @"\S+$", "(?s)e.n", @"\p{Lu}", @"[\w&]", "[]x]", "[a-]", "need(le)?+", @"two\z",
    ];

    [Theory]
    [MemberData(nameof(Patterns))]
    public async Task Patterns_find_the_same(string pattern)
    {
        foreach (string mode in (string[])["content", "files_with_matches", "count_matches"])
        {
            await Compare(new GrepQuery { Pattern = pattern, Path = ".", OutputMode = mode, LineNumbers = true });
        }
    }

    // Counts of these differ: ripgrep counts empty matches between the bytes of a character, and looks at "\A" twice.
    [Theory]
    [InlineData("x*")]
    [InlineData("a|")]
    [InlineData(@"\Aneedle")]
    public async Task Lines_found_are_the_same(string pattern)
    {
        await Compare(new GrepQuery { Pattern = pattern, Path = ".", OutputMode = "content", LineNumbers = true });
        await Compare(new GrepQuery { Pattern = pattern, Path = ".", OutputMode = "files_with_matches" });
    }

    [Theory]
    [InlineData("(")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("note [")]
    [InlineData("*a")]
    [InlineData("a{}")]
    [InlineData("a{2")]
    [InlineData("a{2,1}")]
    [InlineData("(?=a)")]
    [InlineData("(?<!a)b")]
    [InlineData(@"(a)\1")]
    [InlineData(@"\k")]
    [InlineData("[b-a]")]
    [InlineData(@"\p{Foo}")]
    [InlineData("(?z)a")]
    [InlineData("a\nb")]
    [InlineData(@"a\nb")]
    public async Task Broken_patterns_are_refused_in_the_same_words(string pattern) =>
        await Compare(new GrepQuery { Pattern = pattern, Path = ".", OutputMode = "content" });

    public static TheoryData<string, string?, string?, bool> Selections => new()
    {
        { ".", null, null, false },
        { ".", null, null, true },
        { ".", "*.txt", null, false },
        { ".", "*.{py,cs}", null, false },
        { ".", "!*.txt", null, false },
        { ".", "src/**", null, false },
        { ".", "**/deep/*", null, false },
        { ".", "/a.txt", null, false },
        { ".", "*.log", null, false },
        { ".", "src", null, false },
        { ".", "[a-b].*", null, false },
        { ".", "{a", null, false },
        { ".", null, "py", false },
        { ".", null, "cs", false },
        { ".", "*.txt", "py", false },
        { ".", null, "zzz", false },
        { "src", null, null, false },
        { "src/", null, null, false },
        { "./src", null, null, false },
        { "sub", null, null, false },
        { "out", null, null, false },
        { "out/ignored.txt", null, null, false },
        { "a.txt", null, null, false },
        { "a.txt", "*.py", null, false },
        { "link.txt", null, null, false },
        { "src/loop", null, null, false },
        { "binary.bin", null, null, false },
        { "wide.txt", null, null, false },
        { "empty.txt", null, null, false },
        { "none", null, null, false },
        { "", null, null, false },
    };

    [Theory]
    [MemberData(nameof(Selections))]
    public async Task Files_are_chosen_alike(string path, string? glob, string? type, bool ignored)
    {
        foreach (string mode in (string[])["content", "files_with_matches", "count_matches", "other"])
        {
            await Compare(new GrepQuery { Pattern = "needle", Path = path, Glob = glob, Type = type, IncludeIgnored = ignored, OutputMode = mode, LineNumbers = true });
        }
    }

    [Fact]
    public async Task An_absolute_path() => await Compare(new GrepQuery { Pattern = "needle", Path = _folder["src"], OutputMode = "content", Glob = "*.cs", LineNumbers = true });

    [Theory]
    [InlineData(1, null, null, true)]
    [InlineData(null, 1, null, true)]
    [InlineData(null, null, 1, true)]
    [InlineData(2, 3, null, false)]
    [InlineData(null, null, 9, true)]
    [InlineData(0, 0, null, true)]
    public async Task Context_is_alike(int? before, int? after, int? context, bool numbers)
    {
        foreach (string path in (string[])["a.txt", "src", "."])
        {
            await Compare(new GrepQuery { Pattern = "needle", Path = path, OutputMode = "content", Before = before, After = after, Context = context, LineNumbers = numbers });
        }
    }

    [Theory]
    [InlineData("one.*three")]
    [InlineData("two\nNeedle")]
    [InlineData(@"\n\n")]
    [InlineData("needle")]
    [InlineData("(?-s)f.*")]
    [InlineData("^five$")]
    [InlineData(@"needle\s")]
    public async Task Several_lines_are_alike(string pattern)
    {
        foreach (string mode in (string[])["content", "files_with_matches", "count_matches"])
        {
            await Compare(new GrepQuery { Pattern = pattern, Path = "a.txt", OutputMode = mode, Multiline = true, LineNumbers = true });
            await Compare(new GrepQuery { Pattern = pattern, Path = "src", OutputMode = mode, Multiline = true, LineNumbers = true });
        }
    }

    [Theory]
    [InlineData(-1, null, null, "--before-context")]
    [InlineData(null, -1, null, "--after-context")]
    [InlineData(null, null, -7, "--context")]
    public async Task Context_cannot_be_negative(int? before, int? after, int? around, string flag)
    {
        GrepQuery query = new() { Pattern = "needle", Path = "a.txt", OutputMode = "content", Before = before, After = after, Context = around, LineNumbers = true };
        GrepOutput found = await GrepEngine.RunAsync(_folder.Path, query, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(($"error parsing flag {flag}: value is not a valid number: invalid digit found in string\n", 2, ""), (found.Errors, found.ExitCode, found.Output));
        found = await GrepEngine.RunAsync(_folder.Path, query with { OutputMode = "count_matches" }, TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(("4\n", 0), (found.Output, found.ExitCode)); // only content has a context
    }

    [Fact]
    public async Task Case_is_ignored_alike() => await Compare(new GrepQuery { Pattern = "NEEDLE|Ä", Path = ".", OutputMode = "content", IgnoreCase = true, LineNumbers = true });

    [Fact]
    public async Task A_pipe_is_left_alone_and_explosive_patterns_end()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX system");
        }

        using (System.Diagnostics.Process mkfifo = System.Diagnostics.Process.Start("mkfifo", _folder["pipe"]))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        _folder.Write("evil.txt", new string('a', 50_000) + "b\n");
        GrepOutput found = await GrepEngine.RunAsync(_folder.Path, new GrepQuery { Pattern = "(a+)+$", Path = ".", OutputMode = "files_with_matches" }, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.False(found.IsTimedOut);
    }

    private async Task Compare(GrepQuery query)
    {
        string program = LocalHost.FindProgram("rg") ?? Skip();
        CancellationToken token = TestContext.Current.CancellationToken;
        TimeSpan limit = TimeSpan.FromSeconds(20);
        GrepOutput expected = await Ripgrep.RunAsync(LocalHost.Here, program, _folder.Path, query, false, limit, TimeProvider.System, token);
        GrepOutput found = await GrepEngine.RunAsync(_folder.Path, query, limit, token);
        Assert.Equal(Ordered(expected.Output), Ordered(found.Output));
        Assert.Equal(expected.Errors, found.Errors);
        Assert.Equal(expected.ExitCode, found.ExitCode);
    }

    // Only the order of files is free; lines of a file follow each other in both.
    private static string Ordered(string output) => string.Join('\n', output.Split('\n').OrderBy(static line => line, StringComparer.Ordinal));

    private static string Skip()
    {
        Assert.Skip("needs ripgrep");
        return "";
    }
}
