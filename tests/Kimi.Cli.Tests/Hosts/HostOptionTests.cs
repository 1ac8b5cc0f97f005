using System.Diagnostics;
using System.Text.Json;
using Kimi.Cli.Tests.Harness;
using Kimi.Testing;

namespace Kimi.Cli.Tests.Hosts;

/// <summary>
/// <c>--host</c> with a real server. The machine behind it is this one, so its sessions get a <c>PATH</c> of their own, whose
/// programs note that they were started: what they have not noted was done here.
/// </summary>
public sealed class HostOptionTests : IAsyncLifetime
{
    private static readonly string[] s_programs = ["cat", "stat", "find", "head", "tr", "mktemp", "wc", "rm", "env", "sh", "sleep", "uname", "mkdir", "pkill", "git"];

    private readonly KimiFolder _folder = new();
    private SshServer? _server;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SshServer Server => _server!;

    private string Distant => Path.Combine(_folder.Root, "distant");

    private string Started => File.Exists(Path.Combine(_folder.Root, "started")) ? File.ReadAllText(Path.Combine(_folder.Root, "started")) : "";

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(SshServer.Unavailable is null, SshServer.Unavailable ?? "");
        Directory.CreateDirectory(Distant);
        foreach (string program in s_programs.Append("rg"))
        {
            AddProgram(program);
        }

        _server = await SshServer.StartAsync(new Dictionary<string, string> { ["PATH"] = Path.Combine(_folder.Root, "bin"), ["KIMI_TEST_PLACE"] = "there" }, Token);
        _folder.Environment["PATH"] = $"{Server.ClientDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public async Task Files_and_commands_are_those_of_the_host()
    {
        _folder.Write("distant/.git/HEAD", "x");
        _folder.Write("distant/AGENTS.md", "Speak of herrings.");
        _folder.Write("distant/project/notes.txt", "first\nsecond\n");
        _folder.Write("distant/project/deep/a/b.cs", "class Herring;\n");
        _folder.Write("distant/project/picture.png", "not really");
        KimiResult result = await RunAsync(
            [Call("1", "ReadFile", "path", "notes.txt"), Call("2", "WriteFile", "path", "new.txt", "content", "it's \"new\"\n"), Call("3", "Shell", "command", "echo $KIMI_TEST_PLACE; pwd")],
            [Call("4", "StrReplaceFile", "path", "notes.txt", "edit", new { old = "second", @new = "zweite" }), Call("5", "Glob", "pattern", "deep/**/*.cs"), Call("6", "ReadFile", "path", "picture.png")],
            ["text: done"]);

        Assert.Equal("", Errors(result));
        Assert.Equal(0, result.ExitCode);
        Assert.EndsWith("     1\tfirst\n     2\tsecond\n", Answer(result, "1"), StringComparison.Ordinal);
        Assert.Contains("File successfully overwritten. Current size: 11 bytes.", Answer(result, "2"), StringComparison.Ordinal);
        Assert.Contains($"there\n{Distant}/project\n", Answer(result, "3"), StringComparison.Ordinal);
        Assert.Contains("File successfully edited.", Answer(result, "4"), StringComparison.Ordinal);
        Assert.EndsWith("deep/a/b.cs", Answer(result, "5"), StringComparison.Ordinal);
        Assert.Contains("`picture.png` is a image file.", Answer(result, "6"), StringComparison.Ordinal);
        Assert.Equal("it's \"new\"\n", File.ReadAllText(Path.Combine(Distant, "project", "new.txt")));
        Assert.Equal("first\nzweite\n", File.ReadAllText(Path.Combine(Distant, "project", "notes.txt")));
        Assert.All((string[])["cat", "stat", "find", "mktemp"], program => Assert.Contains(program + "\n", Started, StringComparison.Ordinal));

        string session = Assert.Single(Directory.GetDirectories(Path.Combine(_folder.Share, "sessions"), "ssh_box_*"));
        string prompt = File.ReadLines(Path.Combine(Assert.Single(Directory.GetDirectories(session)), "context.jsonl")).First();
        string text = JsonDocument.Parse(prompt).RootElement.GetProperty("content").GetString()!;
        Assert.Contains($"<!-- From: {Distant}/AGENTS.md -->\nSpeak of herrings.", text, StringComparison.Ordinal);
        Assert.Contains("├── deep/\n│   └── a/\n├── notes.txt\n", text, StringComparison.Ordinal);
        Assert.Contains($"kimi --host box -w '{Distant}/project' -r ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_session_of_a_host_goes_on()
    {
        await RunAsync(["text: one"]);
        _folder.WriteScripts("text: two");
        KimiResult result = await _folder.RunAsync("--print", "--config-file", Path.Combine(_folder.Root, "config.json"), "--host", "box", "-w", Distant + "/project", "-C", "-p", "more");
        Assert.Equal(0, result.ExitCode);
        string session = Assert.Single(Directory.GetDirectories(Assert.Single(Directory.GetDirectories(Path.Combine(_folder.Share, "sessions")))));
        string context = File.ReadAllText(Path.Combine(session, "context.jsonl"));
        Assert.Contains("one", context, StringComparison.Ordinal);
        Assert.Contains("two", context, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grep_searches_there_with_ripgrep()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/rg"), "needs ripgrep");
        _folder.Write("distant/project/old.txt", "herring\n");
        File.SetLastWriteTimeUtc(Path.Combine(Distant, "project", "old.txt"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _folder.Write("distant/project/new.txt", "a herring\n");
        KimiResult result = await RunAsync([Call("1", "Grep", "pattern", "herring"), Call("2", "Grep", "pattern", "herring", "path", "new.txt", "output_mode", "content")], ["text: done"]);
        Assert.Equal("./new.txt\n./old.txt", Answer(result, "1"));
        Assert.Equal("1:a herring", Answer(result, "2"));
        Assert.Contains("rg\n", Started, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_done_there_is_said()
    {
        File.Delete(Path.Combine(_folder.Root, "bin", "rg"));
        KimiResult result = await RunAsync(
            [Call("1", "Grep", "pattern", "x"), Call("2", "Shell", "command", "sleep 1", "run_in_background", true, "description", "waits"), Call("3", "ReadFile", "path", "none.txt")],
            ["text: done"]);
        Assert.Contains("ripgrep (rg) is not installed on 'box'; search with grep in Shell.", Answer(result, "1"), StringComparison.Ordinal);
        Assert.Contains("Background tasks are only supported on local sessions.", Answer(result, "2"), StringComparison.Ordinal);
        Assert.Contains("`none.txt` does not exist.", Answer(result, "3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_c_ends_the_command_there()
    {
        using KimiProcess process = Start([Call("1", "Shell", "command", "echo $$ > pipe; sleep 300")]);
        int id = int.Parse(await ReadPipeAsync(), System.Globalization.CultureInfo.InvariantCulture);
        process.Interrupt();
        await process.EndAsync();
        Assert.False(IsAlive(id));
    }

    [Fact]
    public async Task A_lost_connection_is_an_error_of_the_call_and_the_turn_goes_on()
    {
        using KimiProcess process = Start([Call("1", "Shell", "command", "echo $$ > pipe; sleep 300")], [Call("2", "ReadFile", "path", "notes.txt")], ["text: what a pity"]);
        await ReadPipeAsync();
        Server.Cut();
        KimiResult result = await process.EndAsync();
        Assert.Contains("Command execution failed: The connection to 'box' was lost.", Answer(result, "1"), StringComparison.Ordinal);
        Assert.Contains("Failed to read notes.txt. Error: Cannot connect to 'box': ", Answer(result, "2"), StringComparison.Ordinal);
        Assert.Contains("what a pity", result.Lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("locked", null, "Invalid value for --host: Cannot connect to 'locked': ")]
    [InlineData("kimi.invalid", null, "Invalid value for --host: Cannot connect to 'kimi.invalid': Could not resolve hostname")]
    [InlineData("box", "/no/such/place", "Invalid value for --work-dir: Directory '/no/such/place' does not exist on 'box'.")]
    [InlineData(" ", null, "Invalid value for --host: Host cannot be empty")]
    public async Task A_host_that_cannot_be_used_is_named_before_anything_begins(string host, string? directory, string expected)
    {
        string config = _folder.WriteScripts("text: never");
        KimiResult result = await _folder.RunAsync(["--print", "--config-file", config, "--host", host, .. directory is null ? (string[])[] : ["-w", directory], "-p", "go"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
        Assert.False(Directory.Exists(Path.Combine(_folder.Share, "sessions")));
    }

    [Fact]
    public async Task Without_ssh_that_is_said()
    {
        _folder.Environment["PATH"] = _folder.Home;
        KimiResult result = await _folder.RunAsync("--print", "--config-file", _folder.WriteScripts("text: never"), "--host", "box", "-p", "go");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("There is no 'ssh' on PATH: install the OpenSSH client to work on another machine.", result.Error, StringComparison.Ordinal);
    }

    private Task<KimiResult> RunAsync(params string[][] steps) => Run(Start(steps));

    private static async Task<KimiResult> Run(KimiProcess process)
    {
        using (process)
        {
            return await process.EndAsync();
        }
    }

    private KimiProcess Start(params string[][] steps)
    {
        string directory = Path.Combine(Distant, "project");
        Directory.CreateDirectory(directory);
        using (Process pipe = Process.Start("mkfifo", [Path.Combine(directory, "pipe")]))
        {
            pipe.WaitForExit();
        }

        string config = _folder.WriteScripts([.. steps.Select(static step => string.Join('\n', step))]);
        KimiProcess process = _folder.Start("--print", "--output-format", "stream-json", "--config-file", config, "--host", "box", "-w", directory, "-p", "go");
        process.CloseInput();
        return process;
    }

    private Task<string> ReadPipeAsync() => Task.Run(() => File.ReadAllText(Path.Combine(Distant, "project", "pipe")), Token);

    private void AddProgram(string name)
    {
        string? real = Array.Find([$"/usr/bin/{name}", $"/bin/{name}"], File.Exists);
        if (real is null)
        {
            return;
        }

        string path = _folder.Write($"bin/{name}", $"#!/bin/sh\necho {name} >> '{_folder.Root}/started'\nexec {real} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string Call(string id, string name, params object[] arguments)
    {
        Dictionary<string, object> named = [];
        for (int i = 0; i < arguments.Length; i += 2)
        {
            named[(string)arguments[i]] = arguments[i + 1];
        }

        return "tool_call: " + JsonSerializer.Serialize(new { id, name, arguments = JsonSerializer.Serialize(named) });
    }

    /// <summary>What a call was answered with, its parts in one text.</summary>
    private static string Answer(KimiResult result, string id)
    {
        JsonElement message = result.Lines.Where(static line => line.StartsWith('{')).Select(static line => JsonDocument.Parse(line).RootElement)
            .Single(line => line.TryGetProperty("tool_call_id", out JsonElement call) && call.GetString() == id);
        JsonElement content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : string.Concat(content.EnumerateArray().Select(static part => part.GetProperty("text").GetString()));
    }

    private static string Errors(KimiResult result) => string.Concat(result.Lines.Where(static line => line.Contains("Error running tool", StringComparison.Ordinal)));

    private static bool IsAlive(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);
            return !OperatingSystem.IsLinux() || !File.ReadAllText($"/proc/{id}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is ArgumentException or IOException)
        {
            return false;
        }
    }
}
