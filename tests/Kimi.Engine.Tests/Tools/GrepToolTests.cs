using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Search;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

/// <summary>Grep with ripgrep.</summary>
public class GrepToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public GrepToolTests()
    {
        _bench.Write("src/one.py", "def a():\n    return 1\n\ndef b():\n    return a()\n");
        _bench.Write("src/two.py", "print(3)\n");
        _bench.Write(".env", "return=1\n");
        _bench.Write("notes.txt", string.Concat(Enumerable.Range(1, 8).Select(static n => $"note {n}\n")));
    }

    protected virtual bool WithRipgrep => true;

    public void Dispose()
    {
        _bench.Dispose();
        GC.SuppressFinalize(this);
    }

    private Task<ToolReturnValue> Grep(params (string, object?)[] members)
    {
        if (WithRipgrep && LocalHost.FindProgram("rg") is null)
        {
            Assert.Skip("needs ripgrep");
        }

        return _bench.Call(new GrepTool(_bench.Services, WithRipgrep), Json(members));
    }

    [Fact]
    public async Task Files_with_matches() => (await Grep(("pattern", "def b"))).IsOk("./src/one.py", "");

    [Fact]
    public async Task Content() =>
        (await Grep(("pattern", "def"), ("path", "src"), ("output_mode", "content"))).IsOk("src/one.py:1:def a():\nsrc/one.py:4:def b():", "");

    [Fact]
    public async Task A_pipe_is_refused_and_nobody_waits_for_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs named pipes of POSIX");
        using (System.Diagnostics.Process mkfifo = System.Diagnostics.Process.Start("mkfifo", _bench.PathOf("pipe")))
        {
            await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        (await Grep(("pattern", "x"), ("path", "pipe"))).IsError("Failed to grep. Error: pipe: not a regular file", "Failed to grep");
    }

    [Fact]
    public async Task An_absolute_path_is_stripped() =>
        (await Grep(("pattern", "def"), ("path", _bench.PathOf("src")), ("output_mode", "content"), ("-n", false))).IsOk("one.py:def a():\none.py:def b():", "");

    [Fact]
    public async Task Context_and_case() =>
        (await Grep(("pattern", "RETURN"), ("path", "src/one.py"), ("output_mode", "content"), ("-i", true), ("-A", 1))).IsOk("2:    return 1\n3-\n--\n5:    return a()", "");

    [Fact]
    public async Task Counts() =>
        (await Grep(("pattern", "def"), ("path", "src"), ("output_mode", "count_matches"))).IsOk("src/one.py:2", "Found 2 total occurrences across 1 files.");

    [Fact]
    public async Task Counts_of_one_file_are_bare_numbers() =>
        (await Grep(("pattern", "def"), ("path", "src/one.py"), ("output_mode", "count_matches"))).IsOk("2", "Found 0 total occurrences across 0 files.");

    [Fact]
    public async Task Paging() =>
        (await Grep(("pattern", "note"), ("path", "notes.txt"), ("output_mode", "content"), ("head_limit", 2), ("offset", 3)))
            .IsOk("4:note 4\n5:note 5", "Results truncated to 2 lines (total: 8). Use offset=5 to see more.");

    [Fact]
    public async Task No_limit() =>
        Assert.Equal(8, (await Grep(("pattern", "note"), ("path", "notes.txt"), ("output_mode", "content"), ("head_limit", 0))).OutputText!.Split('\n').Length);

    [Theory]
    [InlineData("files_with_matches", true)]
    [InlineData("content", true)]
    [InlineData("content", false)]
    [InlineData("count_matches", true)]
    public async Task Secrets_are_left_out(string mode, bool numbers)
    {
        ToolReturnValue result = await Grep(("pattern", "return="), ("output_mode", mode), ("-n", numbers));
        Assert.StartsWith("No matches found. Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys.", result.Message, StringComparison.Ordinal);
        Assert.Equal("", result.OutputText);
    }

    [Fact]
    public async Task No_matches() => (await Grep(("pattern", "zebra"))).IsOk("", "No matches found.");

    [Fact]
    public async Task A_broken_pattern() =>
        (await Grep(("pattern", "note ["))).IsError("Failed to grep. Error: regex parse error:\n    note [\n         ^\nerror: unclosed character class\n", "Failed to grep");

    [Fact]
    public async Task A_missing_path() =>
        (await Grep(("pattern", "x"), ("path", "nope"))).IsError("Failed to grep. Error: nope: No such file or directory (os error 2)\n", "Failed to grep");

    [Fact]
    public async Task Types_and_globs()
    {
        (await Grep(("pattern", "print"), ("type", "py"))).IsOk("./src/two.py", "");
        (await Grep(("pattern", "."), ("glob", "*.txt"))).IsOk("./notes.txt", "");
        (await Grep(("pattern", "."), ("type", "zzz"))).IsError("Failed to grep. Error: unrecognized file type: zzz\n", "Failed to grep");
    }

    [Fact]
    public async Task The_newest_file_comes_first()
    {
        File.SetLastWriteTimeUtc(_bench.PathOf("src/one.py"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(_bench.PathOf("src/two.py"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.SetLastWriteTimeUtc(_bench.PathOf("notes.txt"), new DateTime(2025, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        (await Grep(("pattern", "r|t"))).IsOk("./src/one.py\n./notes.txt\n./src/two.py", "Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys.");
    }

    [Fact]
    public async Task Ignored_and_hidden_files_and_version_control()
    {
        _bench.Write(".git/config", "needle");
        _bench.Write(".gitignore", "out/\n");
        _bench.Write("out/x.txt", "needle");
        _bench.Write(".hidden/y.txt", "needle");
        (await Grep(("pattern", "needle"))).IsOk("./.hidden/y.txt", "");
        ToolReturnValue all = await Grep(("pattern", "needle"), ("include_ignored", true));
        Assert.Equal(["./.hidden/y.txt", "./out/x.txt"], all.OutputText!.Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Several_lines() =>
        (await Grep(("pattern", "1.*def b"), ("path", "src/one.py"), ("output_mode", "content"), ("multiline", true))).IsOk("2:    return 1\n3:\n4:def b():", "");

    [Fact]
    public async Task Arguments_are_checked()
    {
        (await Grep(("path", "x"))).IsInvalid("pattern");
        (await Grep(("pattern", "x"), ("head_limit", -1))).IsInvalid("head_limit");
        (await Grep(("pattern", "x"), ("offset", -1))).IsInvalid("offset");
    }

    private GrepResult Result(string mode, int? limit = 250, int offset = 0) => new(
        new GrepQuery { Pattern = "x", Path = ".", OutputMode = mode, LineNumbers = true }, limit, offset, _bench.Host, _bench.Work);

    [Fact]
    public async Task Time_and_size_limits_are_told()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        (await Result("content").OfAsync(new GrepOutput(" \n", "", 1, true, false), token)).IsError("Grep timed out after 20s. Try a more specific path or pattern.", "Grep timed out");
        (await Result("content").OfAsync(new GrepOutput("a:1:x\n", "", 1, true, false), token)).IsOk("a:1:x", "Grep timed out after 20s. Partial results returned.");
        (await Result("content").OfAsync(new GrepOutput("a:1:x\na:2:y", "", 0, false, true), token)).IsOk("a:1:x", "Output exceeded buffer limit. Some results omitted.");
        Assert.True(GrepTool.IsExhausted("rg: os error 11"));
        Assert.False(GrepTool.IsExhausted("rg: os error 2"));
    }

    [Fact]
    public async Task Separators_at_the_end_go_with_secrets()
    {
        (await Result("content").OfAsync(new GrepOutput("a.txt:1:x\n--\n./id_rsa:3:x\n./id_rsa-4-y\n--\n.env.local:1:x\n", "", 0, false, false), TestContext.Current.CancellationToken))
            .IsOk("a.txt:1:x", "Skipped 2 sensitive file(s) (.env.local, id_rsa) to protect secrets. These files may contain credentials or private keys.");
        (await Result("files_with_matches").OfAsync(
            new GrepOutput(string.Concat(Enumerable.Range(1, 7).Select(static n => $"{n}/.env.{n}\n")), "", 0, false, false), TestContext.Current.CancellationToken))
            .IsOk("", "No matches found. Skipped 7 sensitive file(s) (.env.1, .env.2, .env.3, .env.4, .env.5, ... (7 files total)) to protect secrets. These files may contain credentials or private keys.");
    }

    [Theory]
    [InlineData("content", "a-1-b/.env:1:x\na-1-b/c:1:x\n", "a-1-b/c:1:x")]
    [InlineData("content", "a:1:b/id_rsa:2:x\n", "")]
    [InlineData("plain", "a/.env:x\na/b:x\n", "a/b:x")]
    [InlineData("plain", "a-b/.env-x\n", "")]
    public async Task Secrets_are_found_whatever_their_directories_look_like(string mode, string output, string kept)
    {
        ToolReturnValue result = await Result(mode).OfAsync(new GrepOutput(output, "", 0, false, false), TestContext.Current.CancellationToken);
        Assert.Equal(kept, result.OutputText);
        Assert.Contains("Skipped 1 sensitive file(s) (", result.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("content", "No matches found. Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys.")]
    [InlineData("plain", "No matches found. Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys.")]
    [InlineData("files_with_matches", "No matches found. Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys.")]
    [InlineData("count_matches", "No matches found. Skipped 1 sensitive file(s) (.env) to protect secrets. These files may contain credentials or private keys. Found 0 total occurrences across 0 files.")]
    public async Task A_secret_that_is_named_itself_is_not_searched(string mode, string message) =>
        (await Grep(("pattern", "return"), ("path", ".env"), ("output_mode", mode))).IsOk("", message);

    [Fact]
    public async Task A_directory_that_is_named_like_a_secret_is_searched()
    {
        _bench.Write("env/credentials/a.py", "return\n");
        (await Grep(("pattern", "return"), ("path", "env/credentials"), ("output_mode", "content"))).IsOk("env/credentials/a.py:1:return", "");
    }
}

/// <summary>Grep with the engine of our own: the same tests.</summary>
public sealed class OwnGrepToolTests : GrepToolTests
{
    protected override bool WithRipgrep => false;
}
