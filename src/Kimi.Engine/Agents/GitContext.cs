using System.Text;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>What an explorer is told of the repository before it starts.</summary>
internal static class GitContext
{
    private const int MaxDirtyFiles = 20;
    private const int MaxSubjectLength = 200;
    private const int OutputLimit = 4 * 1024 * 1024;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);
    private static readonly string[] s_knownHosts = ["github.com", "gitlab.com", "gitee.com", "bitbucket.org", "codeberg.org", "sr.ht"];

    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["GIT_OPTIONAL_LOCKS"] = "0",
        ["GIT_TERMINAL_PROMPT"] = "0",
    };

    /// <summary>The block; null when the directory is in no repository or there is nothing to say.</summary>
    public static async Task<string?> DescribeAsync(IHost host, string workDir, CancellationToken cancellationToken)
    {
        Task<string?> inside = GitAsync(host, workDir, ["rev-parse", "--is-inside-work-tree"], cancellationToken);
        Task<string?> remote = GitAsync(host, workDir, ["remote", "get-url", "origin"], cancellationToken);
        Task<string?> branch = GitAsync(host, workDir, ["branch", "--show-current"], cancellationToken);
        Task<string?> status = GitAsync(host, workDir, ["status", "--porcelain"], cancellationToken);
        Task<string?> log = GitAsync(host, workDir, ["log", "-3", "--format=%h %s"], cancellationToken);
        await Task.WhenAll(inside, remote, branch, status, log).ConfigureAwait(false);
        return (await inside.ConfigureAwait(false))?.Trim() == "true"
            ? Compose(
                workDir,
                await remote.ConfigureAwait(false),
                await branch.ConfigureAwait(false),
                await status.ConfigureAwait(false),
                await log.ConfigureAwait(false))
            : null;
    }

    internal static string? Compose(string workDir, string? remote, string? branch, string? status, string? log)
    {
        var text = new StringBuilder();
        if (remote is not null && KnownRemote(remote.Trim()) is (string url, string project))
        {
            text.Append("Remote: ").Append(url).Append('\n');
            if (project.Length > 0)
            {
                text.Append("Project: ").Append(project).Append('\n');
            }
        }

        if (branch?.Trim() is { Length: > 0 } name)
        {
            text.Append("Branch: ").Append(name).Append('\n');
        }

        string[] dirty = Lines(status);
        if (dirty.Length > 0)
        {
            text.Append("Dirty files (").Append(dirty.Length).Append("):\n");
            foreach (string line in dirty.AsSpan(0, Math.Min(dirty.Length, MaxDirtyFiles)))
            {
                text.Append("  ").Append(line).Append('\n');
            }

            if (dirty.Length > MaxDirtyFiles)
            {
                text.Append("  ... and ").Append(dirty.Length - MaxDirtyFiles).Append(" more\n");
            }
        }

        string[] commits = Lines(log);
        if (commits.Length > 0)
        {
            text.Append("Recent commits:\n");
            foreach (string commit in commits)
            {
                text.Append("  ").Append(CodePoints.Take(commit, MaxSubjectLength)).Append('\n');
            }
        }

        return text.Length == 0 ? null : $"<git-context>\nWorking directory: {workDir}\n{text}</git-context>";
    }

    /// <summary>A remote on a public forge, without what could be a credential, and its project; null for any other.</summary>
    internal static (string Url, string Project)? KnownRemote(string remote)
    {
        int scheme = remote.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? remote : remote[(scheme + 3)..];
        int authorityEnd = rest.IndexOfAny(scheme < 0 ? [':'] : ['/']);
        if (authorityEnd < 0)
        {
            return null;
        }

        string authority = rest[..authorityEnd];
        string path = rest[(authorityEnd + 1)..];
        if (path.AsSpan().IndexOfAny('?', '#') is int end and >= 0)
        {
            // Some put a token there; repositories are named without.
            path = path[..end];
        }

        int at = authority.LastIndexOf('@');
        string server = authority[(at + 1)..];
        string host = server.Split(':')[0];
        if (!Array.Exists(s_knownHosts, known => IsHost(host, known)))
        {
            return null;
        }

        // "git@host:path" needs its user, and it is no secret.
        string url = scheme >= 0 ? $"{remote[..scheme]}://{server}/{path}" : $"{(authority[..(at + 1)] == "git@" ? "git@" : "")}{server}:{path}";
        string project = path.Trim('/');
        return (url, project.EndsWith(".git", StringComparison.Ordinal) ? project[..^4] : project);
    }

    private static bool IsHost(string host, string known) =>
        host.Equals(known, StringComparison.OrdinalIgnoreCase)
        || (host.Length > known.Length && host[^(known.Length + 1)] == '.' && host.EndsWith(known, StringComparison.OrdinalIgnoreCase));

    private static string[] Lines(string? text) =>
        text is null ? [] : text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string?> GitAsync(IHost host, string workDir, string[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            CommandResult result = await CommandRunner.RunAsync(
                host,
                new HostCommand { FileName = "git", Arguments = ["-C", workDir, .. arguments], WorkingDirectory = workDir, Environment = s_environment },
                s_limit,
                OutputLimit,
                cancellationToken).ConfigureAwait(false);
            return result is { TimedOut: false, ExitCode: 0 } ? result.Output.ReplaceLineEndings("\n") : null;
        }
        catch (IOException)
        {
            // No git here.
            return null;
        }
    }
}
