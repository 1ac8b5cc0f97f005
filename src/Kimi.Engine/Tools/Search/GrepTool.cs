using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Files;

namespace Kimi.Engine.Tools.Search;

/// <summary><c>Grep</c>: searches in files, with ripgrep where there is one.</summary>
internal sealed class GrepTool(ToolServices services, bool withRipgrep = true) : Tool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    private static readonly byte[] s_schema = """
        {"properties":{"pattern":{"description":"Regular expression (ripgrep syntax).","type":"string"},"path":{"default":".","description":"File or directory to search.","type":"string"},"glob":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null,"description":"Only files that match, e.g. `*.js` or `*.{ts,tsx}`."},"output_mode":{"default":"files_with_matches","description":"content (lines), files_with_matches (paths, newest first) or count_matches.","type":"string"},"-B":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null,"description":"Lines before each match (content)."},"-A":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null,"description":"Lines after each match (content)."},"-C":{"anyOf":[{"type":"integer"},{"type":"null"}],"default":null,"description":"Lines around each match (content)."},"-n":{"default":true,"description":"Line numbers (content).","type":"boolean"},"-i":{"default":false,"description":"Ignore case.","type":"boolean"},"type":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null,"description":"Only files of a type, e.g. py, rust, js, cs."},"head_limit":{"anyOf":[{"minimum":0,"type":"integer"},{"type":"null"}],"default":250,"description":"Most lines returned; 0 for no limit."},"offset":{"default":0,"description":"Lines skipped first, for paging.","minimum":0,"type":"integer"},"multiline":{"default":false,"description":"Let patterns cross lines; `.` matches line ends.","type":"boolean"},"include_ignored":{"default":false,"description":"Also files that .gitignore and the like leave out, such as node_modules.","type":"boolean"}},"required":["pattern"],"type":"object"}
        """u8.ToArray();

    private readonly SshHost? _distant = services.Host as SshHost;
    private readonly Lazy<string?> _program = new(() => withRipgrep ? Find(services) : null);

    public override ToolDefinition Definition { get; } = new(
        "Grep",
        """
        Search the contents of files with a regular expression (ripgrep). Always use this tool, never grep or rg in Shell.

        - Escape braces and other special characters to search for them literally: `interface\{\}`.
        - Hidden files are searched; ignored ones only with include_ignored; files with secrets are always left out.
        """,
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string path = read.Text("path", ".");
        IHost host = services.Host;
        GrepQuery query = new()
        {
            Pattern = read.Text("pattern"),
            Path = host.Paths.ExpandHome(host.Paths.FromPosixForm(path), host.Home),
            Glob = read.TextOrNull("glob"),
            OutputMode = read.Text("output_mode", "files_with_matches"),
            Before = read.WholeOrNull("-B"),
            After = read.WholeOrNull("-A"),
            Context = read.WholeOrNull("-C"),
            LineNumbers = read.Flag("-n", true),
            IgnoreCase = read.Flag("-i", false),
            Type = read.TextOrNull("type"),
            Multiline = read.Flag("multiline", false),
            IncludeIgnored = read.Flag("include_ignored", false),
            IsSortedThere = _distant is not null,
        };
        int? limit = read.WholeOrNull("head_limit", 250, 0, int.MaxValue);
        int offset = read.Whole("offset", 0, min: 0);
        read.Check();
        if (_distant is { HasRipgrep: false })
        {
            return ToolReturnValue.Error($"Failed to grep. Error: ripgrep (rg) is not installed on '{_distant.Alias}'; search with grep in Shell.", "Failed to grep");
        }

        try
        {
            string directory = services.Workspace.WorkDirectory;
            if ((await host.StatAsync(host.Paths.Canonical(query.Path, directory), cancellationToken).ConfigureAwait(false)).Kind == EntryKind.Other)
            {
                // ripgrep would read from a pipe until its time is over.
                return ToolReturnValue.Error($"Failed to grep. Error: {path}: not a regular file", "Failed to grep");
            }

            GrepOutput found = await RunAsync(query, directory, false, cancellationToken).ConfigureAwait(false);
            if (found is { IsTimedOut: false, ExitCode: not (0 or 1) } && IsExhausted(found.Errors))
            {
                found = await RunAsync(query, directory, true, cancellationToken).ConfigureAwait(false);
            }

            return await new GrepResult(query, limit, offset, host, directory).OfAsync(found, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (FilePaths.IsFailure(e))
        {
            return ToolReturnValue.Error($"Failed to grep. Error: {e.Message}", "Failed to grep");
        }
    }

    /// <summary>Whether ripgrep could not have as many threads as it wanted.</summary>
    internal static bool IsExhausted(string errors) =>
        errors.Contains("os error 11", StringComparison.Ordinal) || errors.Contains("Resource temporarily unavailable", StringComparison.Ordinal);

    private Task<GrepOutput> RunAsync(GrepQuery query, string directory, bool singleThreaded, CancellationToken cancellationToken) =>
        _program.Value is string program
            ? Ripgrep.RunAsync(services.Host, program, directory, query, singleThreaded, s_limit, services.Time, cancellationToken)
            : GrepEngine.RunAsync(directory, query, s_limit, cancellationToken);

    private static string? Find(ToolServices services)
    {
        if (services.Host is SshHost)
        {
            return "rg";
        }

        string own = Path.Combine(services.Share.BinDirectory, OperatingSystem.IsWindows() ? "rg.exe" : "rg");
        return File.Exists(own) ? own : LocalHost.FindProgram("rg");
    }
}
