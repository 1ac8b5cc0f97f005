using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Tools.Search;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class GlobToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public GlobToolTests()
    {
        foreach (string file in (string[])["a.txt", "b.md", ".hidden/x.txt", "src/lib/z.c", "src/a.c", "src/lib/.y.c"])
        {
            _bench.Write(file, "");
        }
    }

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Glob(string pattern, string? directory = null, bool? dirs = null)
    {
        List<(string, object?)> members = [("pattern", pattern), ("directory", directory)];
        if (dirs is not null)
        {
            members.Add(("include_dirs", dirs));
        }

        return _bench.Call(new GlobTool(_bench.Services), Json([.. members]));
    }

    [Theory]
    [InlineData("*", ".hidden|a.txt|b.md|src")]
    [InlineData("*.txt", "a.txt")]
    [InlineData("src/**/*.c", "src/a.c|src/lib/.y.c|src/lib/z.c")]
    [InlineData("src/**", "src|src/a.c|src/lib|src/lib/.y.c|src/lib/z.c")]
    [InlineData("src/**/", "src|src/lib")]
    [InlineData("src/**/**/*.c", "src/a.c|src/lib/.y.c|src/lib/z.c")]
    [InlineData("*/", ".hidden|src")]
    [InlineData("./a.*", "a.txt")]
    [InlineData("src/", "src")]
    [InlineData("a.txt/", "")]
    [InlineData("src/lib/z.c", "src/lib/z.c")]
    [InlineData("*/*.txt", ".hidden/x.txt")]
    [InlineData("[ab].*", "a.txt|b.md")]
    [InlineData("[!a].*", "b.md")]
    [InlineData("?.md", "b.md")]
    [InlineData("A.TXT", "")]
    [InlineData("*.{txt,md}", "")]
    [InlineData("src/l**b", "src/lib")]
    [InlineData("src/../*.md", "src/../b.md")]
    [InlineData("../w*", "../work")]
    public async Task Patterns(string pattern, string found)
    {
        string[] paths = found.Split('|', StringSplitOptions.RemoveEmptyEntries);
        (await Glob(pattern)).IsOk(
            string.Join('\n', paths), paths.Length == 0 ? $"No matches found for pattern `{pattern}`." : $"Found {paths.Length} matches for pattern `{pattern}`.");
    }

    [Fact]
    public async Task Without_directories()
    {
        File.CreateSymbolicLink(_bench.PathOf("dead"), _bench.PathOf("nowhere"));
        Directory.CreateSymbolicLink(_bench.PathOf("door"), _bench.PathOf("src"));
        (await Glob("*", dirs: false)).IsOk("a.txt\nb.md", "Found 2 matches for pattern `*`.");
    }

    [Fact]
    public async Task Links_are_entered_by_name_but_not_by_double_stars()
    {
        Directory.CreateSymbolicLink(_bench.PathOf("src/loop"), _bench.Work);
        (await Glob("src/**/*.c")).IsOk("src/a.c\nsrc/lib/.y.c\nsrc/lib/z.c", "Found 3 matches for pattern `src/**/*.c`.");
        (await Glob("src/loop/*.md")).IsOk("src/loop/b.md", "Found 1 matches for pattern `src/loop/*.md`.");
        (await Glob("src/lo*/*.md")).IsOk("src/loop/b.md", "Found 1 matches for pattern `src/lo*/*.md`.");
    }

    [Fact]
    public async Task Paths_are_sorted_by_component()
    {
        foreach (string file in (string[])["s/a-b/f", "s/a/f", "s/a.b", "s/B"])
        {
            _bench.Write(file, "");
        }

        (await Glob("s/**", dirs: false)).IsOk("s/B\ns/a/f\ns/a-b/f\ns/a.b", "Found 4 matches for pattern `s/**`.");
    }

    [Fact]
    public async Task A_directory_of_the_workspace_or_of_skills_may_be_searched()
    {
        (await Glob("*", _bench.PathOf("src"))).IsOk("a.c\nlib", "Found 2 matches for pattern `*`.");
        (await Glob("*.md", "")).IsOk("b.md", "Found 1 matches for pattern `*.md`.");
        _bench.Folder.Write("more/m.txt", "");
        _bench.Folder.Write("skills/one/s.txt", "");
        _bench.Additional.Add(_bench.Folder["more"]);
        _bench.SkillRoots.Add(_bench.Folder["skills"]);
        (await Glob("*", _bench.Folder["more"])).IsOk("m.txt", "Found 1 matches for pattern `*`.");
        (await Glob("*", _bench.Folder["skills/one"])).IsOk("s.txt", "Found 1 matches for pattern `*`.");
    }

    [Fact]
    public async Task What_is_refused()
    {
        ToolReturnValue unsafePattern = await Glob("**/*.c");
        unsafePattern.StartsError("Pattern `**/*.c` starts with '**' which is not allowed.", "Unsafe pattern");
        Assert.Contains("Use more specific patterns instead", unsafePattern.Message, StringComparison.Ordinal);
        Assert.Equal("├── .hidden/\n│   └── x.txt\n├── src/\n│   ├── lib/\n│   └── a.c\n├── a.txt\n└── b.md", unsafePattern.OutputText);
        (await Glob("*", "src")).IsError("`src` is not an absolute path. You must provide an absolute path to search.", "Invalid directory");
        string none = _bench.PathOf("nope");
        (await Glob("*", none)).IsError($"`{none}` does not exist.", "Directory not found");
        (await Glob("*", _bench.PathOf("a.txt"))).IsError($"`{_bench.PathOf("a.txt")}` is not a directory.", "Invalid directory");
        (await Glob("*", "/")).IsError("`/` is outside the workspace. You can only search within the working directory, additional directories, and skills directories.", "Directory outside workspace");
        (await Glob("*", _bench.Work + "2")).StartsError($"`{_bench.Work}2` is outside the workspace.", "Directory outside workspace");
        (await Glob("/etc/*")).IsError("Failed to search for pattern /etc/*. Error: Non-relative patterns are unsupported", "Glob failed");
        (await Glob("")).StartsError("Failed to search for pattern . Error: Unacceptable pattern: ", "Glob failed");
    }

    [Fact]
    public async Task A_thousand_paths_are_shown_and_all_are_counted()
    {
        for (int i = 0; i < 1100; i++)
        {
            _bench.Write($"many/{i:0000}", "");
        }

        ToolReturnValue result = await Glob("many/*");
        Assert.Equal("Found 1100 matches for pattern `many/*`. Only the first 1000 matches are returned. You may want to use a more specific pattern.", result.Message);
        string[] lines = result.OutputText!.Split('\n');
        Assert.Equal((1000, "many/0000", "many/0999"), (lines.Length, lines[0], lines[^1]));
    }

    [Theory]
    [InlineData("*.c", "a.c", true)]
    [InlineData("*", "", true)]
    [InlineData("a*b*c", "aXbXbc", true)]
    [InlineData("a*b*c", "aXbXb", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("[]]x", "]x", true)]
    [InlineData("[!]]x", "ax", true)]
    [InlineData("[ab", "[ab", true)]
    [InlineData("?", "😀", true)]
    [InlineData("[😀]", "😀", true)]
    [InlineData("a-b", "a-b", true)]
    public void Names_match(string pattern, string name, bool matches) => Assert.Equal(matches, Wildcard.IsMatch(pattern, name));
}
