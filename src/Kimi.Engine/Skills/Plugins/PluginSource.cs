namespace Kimi.Engine.Skills.Plugins;

/// <summary>What <c>plugin install</c> was given, taken apart.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Location">Path, or the URL to load or clone.</param>
/// <param name="Branch">Git: the branch, if one was named.</param>
/// <param name="Subdirectory">Git: the plugin's directory in the repository; empty for its root.</param>
internal sealed record PluginSource(PluginSourceKind Kind, string Location, string? Branch = null, string Subdirectory = "")
{
    private static readonly string[] s_gitSchemes = ["https://", "http://", "ssh://", "git://", "file://"];

    /// <exception cref="PluginException">It is nothing a plugin can come from.</exception>
    public static PluginSource Parse(string target)
    {
        bool isWeb = target.StartsWith("https://", StringComparison.OrdinalIgnoreCase) || target.StartsWith("http://", StringComparison.OrdinalIgnoreCase);
        if (isWeb && Uri.TryCreate(target, UriKind.Absolute, out Uri? uri) && uri.AbsolutePath.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
        {
            return new PluginSource(PluginSourceKind.ZipUrl, target);
        }

        if (ParseGit(target) is { } git)
        {
            return git;
        }

        if (target.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) && File.Exists(target))
        {
            return new PluginSource(PluginSourceKind.ZipFile, Path.GetFullPath(target));
        }

        return System.IO.Directory.Exists(target)
            ? new PluginSource(PluginSourceKind.Directory, Path.GetFullPath(target))
            : throw new PluginException($"Not a plugin directory, zip file or URL: {target}");
    }

    private static PluginSource? ParseGit(string target)
    {
        bool isUrl = Array.Exists(s_gitSchemes, scheme => target.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
        bool isShort = !isUrl && target.StartsWith("git@", StringComparison.Ordinal) && target.Contains(':', StringComparison.Ordinal);
        if (!isUrl && !isShort)
        {
            return null;
        }

        for (int dot = target.IndexOf(".git", StringComparison.Ordinal); dot >= 0; dot = target.IndexOf(".git", dot + 1, StringComparison.Ordinal))
        {
            int end = dot + 4;
            if (end == target.Length || target[end] == '/')
            {
                (string? branch, string directory) = Inside(target[end..].Split('/', StringSplitOptions.RemoveEmptyEntries));
                return new PluginSource(PluginSourceKind.Git, target[..end], branch, directory);
            }
        }

        return isUrl ? ParseForge(target) : null;
    }

    // https://github.com/OWNER/REPO[/tree/BRANCH][/DIRECTORY], GitLab with "/-" before "tree".
    private static PluginSource? ParseForge(string target)
    {
        if (!Uri.TryCreate(target, UriKind.Absolute, out Uri? uri) || uri.Host is not ("github.com" or "www.github.com" or "gitlab.com" or "www.gitlab.com"))
        {
            return null;
        }

        string[] segments = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (segments.Length < 2)
        {
            return null;
        }

        (string? branch, string directory) = Inside(segments[2..]);
        return new PluginSource(PluginSourceKind.Git, $"https://{uri.Authority}/{segments[0]}/{segments[1]}.git", branch, directory);
    }

    private static (string? Branch, string Directory) Inside(string[] segments)
    {
        ReadOnlySpan<string> rest = segments;
        if (rest is ["-", ..])
        {
            rest = rest[1..];
        }

        string? branch = null;
        if (rest is ["tree", var name, ..])
        {
            branch = name;
            rest = rest[2..];
        }

        return (branch, string.Join('/', rest.ToArray()));
    }
}
