using System.Diagnostics;
using System.Text;

namespace Kimi.Cli.Tests.Harness;

/// <summary>Home, share and work directory of one test, and the real executable in them.</summary>
internal sealed class KimiFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kimi-cli-test-");

    public KimiFolder()
    {
        Directory.CreateDirectory(Work);
        Directory.CreateDirectory(Home);
    }

    /// <summary>For files beside the work directory.</summary>
    public string Root => _root.FullName;

    public string Home => Path.Combine(Root, "home");

    public string Share => Path.Combine(Home, ".kimi");

    public string Work => Path.Combine(Root, "work");

    /// <summary>Further environment variables.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>Path of the command.</summary>
    // The command's own output, not the copy beside the tests: that one lacks what the tests' framework brings.
    public static string Executable { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "Kimi.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), OperatingSystem.IsWindows() ? "kimi.exe" : "kimi"));

    /// <summary>Writes a file below the root.</summary>
    public string Write(string path, string text)
    {
        string full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
        return full;
    }

    /// <summary>Writes a configuration whose model plays the given scripts; returns its path.</summary>
    public string WriteScripts(params string[] scripts)
    {
        string file = Write("scripts.json", System.Text.Json.JsonSerializer.Serialize(scripts));
        string config = System.Text.Json.JsonSerializer.Serialize(new
        {
            default_model = "scripted",
            telemetry = false,
            models = new { scripted = new { provider = "p", model = "scripted_echo", max_context_size = 100000 } },
            providers = new { p = new { type = "_scripted_echo", base_url = "", api_key = "", env = new { KIMI_SCRIPTED_ECHO_SCRIPTS = file } } },
        });
        return Write("config.json", config);
    }

    /// <summary>Starts the executable.</summary>
    public KimiProcess Start(params IEnumerable<string> arguments) => new(Process.Start(Prepare(arguments))!);

    /// <summary>Starts the executable and does not read its output.</summary>
    public KimiProcess StartUnread(params IEnumerable<string> arguments) => new(Process.Start(Prepare(arguments))!, reads: false);

    /// <summary>Starts the executable at a terminal of its own; what is sent is typed there. Skips the test where no terminal can be made.</summary>
    public KimiProcess StartAtTerminal(params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/script"), "needs script of util-linux, which makes a terminal");
        ProcessStartInfo start = Prepare(["--quiet", "--return", "--command", string.Join(' ', ((string[])[Executable, .. arguments]).Select(static word => $"'{word}'")), "/dev/null"]);
        start.FileName = "/usr/bin/script";
        start.Environment["TERM"] = "dumb";
        start.Environment["NO_COLOR"] = "1";
        return new KimiProcess(Process.Start(start)!);
    }

    private ProcessStartInfo Prepare(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Executable)
        {
            WorkingDirectory = Work,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
        };
        foreach (string name in start.Environment.Keys.Where(static name => name.StartsWith("KIMI", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = Home;
        start.Environment["USERPROFILE"] = Home;
        start.Environment["KIMI_SHARE_DIR"] = Share;
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>Runs the executable to its end.</summary>
    public async Task<KimiResult> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        using KimiProcess process = Start(arguments);
        await process.SendAsync(input);
        process.CloseInput();
        return await process.EndAsync();
    }

    /// <summary>Runs the executable to its end.</summary>
    public Task<KimiResult> RunAsync(params string[] arguments) => RunAsync(arguments.AsEnumerable());

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // a process that still ends may hold a file
        }
    }
}
