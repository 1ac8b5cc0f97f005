using System.Diagnostics;
using System.Runtime.CompilerServices;
using Kimi.Engine.Skills;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Skills;

/// <summary>The project's own skill for following upstream, on a repository made here.</summary>
public sealed class MaintenanceSkillTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_inventory_lists_every_file_with_its_place_or_a_reason_or_a_flag()
    {
        string repository = _directory.Make("upstream");
        await GitAsync(repository, "init", "-q");
        Write("src/kimi_cli/llm.py", "a");
        Write("src/kimi_cli/soul/old name.py", "one\ntwo\nthree\nfour\n");
        Write("src/kimi_cli/tools/shell/gone.py", "x");
        Write("src/kimi_cli/soul/count.py", "five\nsix\nseven\neight\n");
        await CommitAsync("one");
        Write("src/kimi_cli/llm.py", "b");
        File.Move(Path.Join(repository, "src/kimi_cli/soul/old name.py"), Path.Join(repository, "src/kimi_cli/soul/new name.py"));
        File.Delete(Path.Join(repository, "src/kimi_cli/tools/shell/gone.py"));
        Directory.CreateDirectory(Path.Join(repository, "src/kimi_cli/telemetry"));
        File.Move(Path.Join(repository, "src/kimi_cli/soul/count.py"), Path.Join(repository, "src/kimi_cli/telemetry/count.py"));
        Write("packages/kaos/src/kaos/ssh.py", "n");
        Write("src/kimi_cli/web/app.py", "w");
        Write("somewhere/else.py", "?");
        await CommitAsync("a title that says nothing");

        (int code, string text) = await RunAsync("dotnet", repository, "run", Script(), "--", "--repo", repository, "--from", "HEAD~1", "--to", "HEAD");

        Assert.Equal(3, code);
        Assert.Contains("5 in scope, 2 out of scope, 1 without a place.", text, StringComparison.Ordinal);
        Assert.Contains("## src/Kimi.Engine/Providers/\n\n- [ ] `src/kimi_cli/llm.py` (changed)", text, StringComparison.Ordinal);
        Assert.Contains("## src/Kimi.Engine/Turns/\n\n- [ ] `src/kimi_cli/soul/count.py` (renamed to `src/kimi_cli/telemetry/count.py`, out of scope) – class: \n- [ ] `src/kimi_cli/soul/new name.py` (renamed from `src/kimi_cli/soul/old name.py`)", text, StringComparison.Ordinal);
        Assert.Contains("## src/Kimi.Engine/Tools/\n\n- [ ] `src/kimi_cli/tools/shell/gone.py` (deleted)", text, StringComparison.Ordinal);
        Assert.Contains("## src/Kimi.Engine/Hosts/\n\n- [ ] `packages/kaos/src/kaos/ssh.py` (added)", text, StringComparison.Ordinal);
        Assert.Contains("- [ ] **NO RULE** `somewhere/else.py` (added)", text, StringComparison.Ordinal);
        Assert.Contains("- `src/kimi_cli/web/app.py` (added): web interface", text, StringComparison.Ordinal);
        Assert.Contains("- `src/kimi_cli/telemetry/count.py` (renamed from `src/kimi_cli/soul/count.py`): telemetry", text, StringComparison.Ordinal);

        void Write(string path, string content) => _directory.Write(Path.Join("upstream", path), content);

        async Task CommitAsync(string title)
        {
            await GitAsync(repository, "add", "-A");
            await GitAsync(repository, "-c", "user.name=t", "-c", "user.email=t@example.invalid", "commit", "-qm", title);
        }
    }

    [Fact]
    public void The_skill_can_be_run_by_our_own_agent()
    {
        SkillCatalog catalog = SkillCatalog.Load([new SkillRoot(Path.GetFullPath(Path.Join(Path.GetDirectoryName(Script()), "..")), SkillScope.Project)]);
        Skill skill = Assert.Single(catalog.Skills, static skill => skill.Name == "gen-csharp");
        Assert.Contains("inventory", SkillPrompt.Build(skill, "to 1.50.0"), StringComparison.Ordinal);
        Assert.EndsWith("User request:\nto 1.50.0", SkillPrompt.Build(skill, "to 1.50.0"), StringComparison.Ordinal);
    }

    private static string Script([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "..", "..", "..", ".agents", "skills", "gen-csharp", "inventory.cs"));

    private static async Task GitAsync(string directory, params string[] arguments)
    {
        (int code, string text) = await RunAsync("git", directory, arguments);
        Assert.True(code == 0, text);
    }

    private static async Task<(int Code, string Text)> RunAsync(string program, string directory, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = directory, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, text.Length > 0 ? text : await errors);
    }
}
