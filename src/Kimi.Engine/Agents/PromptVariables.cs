using System.Globalization;
using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>
/// The built-in variables of system prompts. Each is computed when first asked for and then kept, so that a resumed session,
/// which keeps its stored prompt, pays for none, and subagents see what their root saw.
/// </summary>
internal sealed class PromptVariables
{
    private const string NotReadable = "[directory not readable]";

    private string? _now;
    private string? _listing;
    private string? _agentsMarkdown;
    private string? _skills;
    private string? _additionalDirs;

    /// <summary>The session's work dir, absolute.</summary>
    public required string WorkDir { get; init; }

    /// <summary>When the runtime was made, in local time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The shell's name, such as <c>bash</c>.</summary>
    public required string ShellName { get; init; }

    public required string ShellPath { get; init; }

    /// <summary>The machine's listings and AGENTS.md files.</summary>
    public PromptFiles Files { get; init; } = PromptFiles.Local;

    /// <summary>The skills block.</summary>
    public required Func<string> Skills { get; init; }

    public IReadOnlyList<string> AdditionalDirs { get; init; } = [];

    public string Os { get; init; } = OsName();

    /// <summary>
    /// A variable by name; null when there is no such variable. <c>KIMI_OS_NOTE</c> and <c>KIMI_ADDITIONAL_DIRS_SECTION</c> are
    /// parts of the built-in prompt that are mostly empty; as variables they keep it free of blocks, and so of the expression reader.
    /// </summary>
    public string? Get(string name) => name switch
    {
        // Microseconds: the round-trip form without its last digit.
        "KIMI_NOW" => _now ??= Now.ToString("O", CultureInfo.InvariantCulture).Remove(26, 1),
        "KIMI_WORK_DIR" => WorkDir,
        "KIMI_WORK_DIR_LS" => _listing ??= DirectoryTree.List(WorkDir, Files) ?? NotReadable,
        "KIMI_AGENTS_MD" => _agentsMarkdown ??= AgentsMarkdown.Load(WorkDir, Files) ?? "",
        "KIMI_SKILLS" => _skills ??= Skills(),
        "KIMI_ADDITIONAL_DIRS_INFO" => _additionalDirs ??= DescribeDirectories(AdditionalDirs),
        "KIMI_ADDITIONAL_DIRS_SECTION" => AdditionalDirs.Count == 0
            ? ""
            : "\n\n" + EmbeddedText.Read("Agents/Prompts/additional-dirs.md") + "\n" + Get("KIMI_ADDITIONAL_DIRS_INFO"),
        "KIMI_OS" => Os,
        "KIMI_OS_NOTE" => Os == "Windows" ? "\n" + EmbeddedText.Read("Agents/Prompts/windows-note.md").TrimEnd() : "",
        "KIMI_SHELL" => $"{ShellName} (`{ShellPath}`)",
        _ => null,
    };


    private string DescribeDirectories(IReadOnlyList<string> directories)
    {
        if (directories.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (string directory in directories)
        {
            text.Append(text.Length == 0 ? "" : "\n\n");
            text.Append("### `").Append(directory).Append("`\n\n```\n");
            text.Append(DirectoryTree.List(directory, Files) ?? NotReadable).Append("\n```");
        }

        return text.ToString();
    }

    private static string OsName() =>
        OperatingSystem.IsWindows() ? "Windows"
        : OperatingSystem.IsMacOS() ? "macOS"
        : OperatingSystem.IsLinux() ? "Linux"
        : OperatingSystem.IsFreeBSD() ? "FreeBSD"
        : Environment.OSVersion.Platform.ToString();
}
