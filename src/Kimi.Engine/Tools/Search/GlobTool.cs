using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Files;

namespace Kimi.Engine.Tools.Search;

/// <summary><c>Glob</c>: finds files and directories by a pattern of their names.</summary>
internal sealed class GlobTool(ToolServices services) : Tool
{
    private const int MaxMatches = 1000;

    private static readonly byte[] s_schema = """
        {"properties":{"pattern":{"description":"The pattern, relative to the directory.","type":"string"},"directory":{"anyOf":[{"type":"string"},{"type":"null"}],"default":null,"description":"Absolute path of the directory to search; the working directory when left out."},"include_dirs":{"default":true,"description":"Whether directories are listed too.","type":"boolean"}},"required":["pattern"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "Glob",
        $"""
        Find files and directories by name, sorted, at most {MaxMatches}. Good: `src/**/*.ts`, `*.md`, `tests/test_*.py`.

        - `*`, `?`, `[...]`; `**` as a whole component crosses directories; braces are not expanded. Hidden and ignored files match too.
        - A pattern must not start with `**`, and avoid `**` in huge trees such as node_modules, .venv or .git: name a directory first.
        - Searches the working directory, additional directories and skills directories.{(services.Host.Paths.Separator == '\\' ? """


        On Windows the directory may be given as `C:\x`, `C:/x` or `/c/x`; results have backslashes.
        """ : "")}
        """,
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string pattern = read.Text("pattern");
        string? directory = read.TextOrNull("directory");
        bool withDirectories = read.Flag("include_dirs", true);
        read.Check();
        IHost host = services.Host;
        if (pattern.StartsWith("**", StringComparison.Ordinal))
        {
            string tree = await TreeAsync(host, services.Workspace.WorkDirectory, cancellationToken).ConfigureAwait(false);
            return ToolReturnValue.Error(
                $"Pattern `{pattern}` starts with '**' which is not allowed. It would search everything below, also huge directories such as node_modules. "
                + "Use more specific patterns instead; the top levels of the working directory are listed in the output.",
                "Unsafe pattern", tree);
        }

        string root = services.Workspace.WorkDirectory;
        if (!string.IsNullOrEmpty(directory))
        {
            string native = host.Paths.ExpandHome(host.Paths.FromPosixForm(directory), host.Home);
            if (!host.Paths.IsAbsolute(native))
            {
                return ToolReturnValue.Error($"`{directory}` is not an absolute path. You must provide an absolute path to search.", "Invalid directory");
            }

            root = host.Paths.Canonical(native, root);
            if (!services.Workspace.Contains(root) && !services.Workspace.SkillRoots.Any(skills => host.Paths.Contains(skills, root)))
            {
                return ToolReturnValue.Error(
                    $"`{directory}` is outside the workspace. You can only search within the working directory, additional directories, and skills directories.",
                    "Directory outside workspace");
            }
        }

        try
        {
            HostStat stat = await host.StatAsync(root, cancellationToken).ConfigureAwait(false);
            if (stat.Kind != EntryKind.Directory)
            {
                return stat.Kind == EntryKind.None
                    ? ToolReturnValue.Error($"`{directory ?? root}` does not exist.", "Directory not found")
                    : ToolReturnValue.Error($"`{directory ?? root}` is not a directory.", "Invalid directory");
            }

            PathList? paths = null;
            GlobMatcher matcher = new(host, pattern, withDirectories, path => paths!.Add(path));
            paths = new PathList(MaxMatches, matcher.MayRepeat);
            await matcher.FindAsync(root, cancellationToken).ConfigureAwait(false);
            return Result(pattern, paths);
        }
        catch (Exception e) when (FilePaths.IsFailure(e))
        {
            return ToolReturnValue.Error($"Failed to search for pattern {pattern}. Error: {e.Message}", "Glob failed");
        }
    }

    private static async Task<string> TreeAsync(IHost host, string directory, CancellationToken cancellationToken)
    {
        try
        {
            return DirectoryTree.List(directory, await PromptFiles.OfAsync(host, directory, cancellationToken).ConfigureAwait(false)) ?? "";
        }
        catch (IOException)
        {
            // The tree is a help only; the error that it goes with stands by itself.
            return "";
        }
    }

    private static ToolReturnValue Result(string pattern, PathList paths)
    {
        string message = paths.Count == 0
            ? $"No matches found for pattern `{pattern}`."
            : string.Create(CultureInfo.InvariantCulture, $"Found {paths.Count} matches for pattern `{pattern}`.");
        if (paths.Count > MaxMatches)
        {
            message += string.Create(CultureInfo.InvariantCulture, $" Only the first {MaxMatches} matches are returned. You may want to use a more specific pattern.");
        }

        return ToolReturnValue.Ok(string.Join('\n', paths.First()), message);
    }
}
