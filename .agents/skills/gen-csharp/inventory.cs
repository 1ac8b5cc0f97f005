#:property PublishAot=false
#:property EnforceCodeStyleInBuild=false
#:property RunAnalyzers=false

// Lists what changed upstream between two revisions, and where each file belongs here.
//
//   dotnet run inventory.cs -- --repo PATH --from REV --to REV [--out FILE]
//
// Exit codes: 0 all files have a place, 2 usage or git error, 3 some files have none.

using System.Diagnostics;
using System.Text;

// A pattern matches every path that begins with it; the first match wins, and what is out of scope comes first.
(string Pattern, string Target)[] mapping =
[
    ("src/kimi_cli/llm.py", "src/Kimi.Engine/Providers/"),
    ("src/kimi_cli/config.py", "src/Kimi.Engine/Configuration/"),
    ("src/kimi_cli/share.py", "src/Kimi.Engine/Configuration/"),
    ("src/kimi_cli/constant.py", "src/Kimi.Engine/Configuration/"),
    ("src/kimi_cli/metadata.py", "src/Kimi.Engine/Sessions/"),
    ("src/kimi_cli/session", "src/Kimi.Engine/Sessions/"),
    ("src/kimi_cli/agentspec.py", "src/Kimi.Engine/Agents/"),
    ("src/kimi_cli/agents/", "src/Kimi.Engine/Agents/"),
    ("src/kimi_cli/prompts/", "src/Kimi.Engine/Turns/"),
    ("src/kimi_cli/skill/", "src/Kimi.Engine/Skills/"),
    ("src/kimi_cli/skills/", "src/Kimi.Engine/Skills/"),
    ("src/kimi_cli/plugin/", "src/Kimi.Engine/Skills/Plugins/"),
    ("src/kimi_cli/hooks/", "src/Kimi.Engine/Hooks/"),
    ("src/kimi_cli/soul/", "src/Kimi.Engine/Turns/"),
    ("src/kimi_cli/subagents/", "src/Kimi.Engine/Turns/Subagents/"),
    ("src/kimi_cli/background/", "src/Kimi.Engine/Turns/Background/"),
    ("src/kimi_cli/notifications/", "src/Kimi.Engine/Turns/Background/"),
    ("src/kimi_cli/approval_runtime/", "src/Kimi.Engine/Tools/Approvals/"),
    ("src/kimi_cli/tools/", "src/Kimi.Engine/Tools/"),
    ("src/kimi_cli/mcp", "src/Kimi.Engine/Mcp/"),
    ("src/kimi_cli/wire/", "src/Kimi.Engine/Wire/"),
    ("src/kimi_cli/ui/wire/", "src/Kimi.Cli/Serving/"),
    ("src/kimi_cli/ui/print/", "src/Kimi.Cli/Printing/"),
    ("src/kimi_cli/cli/", "src/Kimi.Cli/"),
    ("src/kimi_cli/cli.py", "src/Kimi.Cli/"),
    ("src/kimi_cli/app.py", "src/Kimi.Engine/KimiSession.cs"),
    ("src/kimi_cli/exception.py", "src/Kimi.Engine/Turns/"),
    ("src/kimi_cli/utils/logging.py", "src/Kimi.Cli/Logging/"),
    ("src/kimi_cli/utils/", "src/Kimi.Engine/Text/"),
    ("packages/kosong/src/kosong/chat_provider/", "src/Kimi.Engine/Providers/"),
    ("packages/kosong/src/kosong/contrib/", "src/Kimi.Engine/Providers/"),
    ("packages/kosong/src/kosong/tooling/", "src/Kimi.Engine/Tools/"),
    ("packages/kosong/src/kosong/", "src/Kimi.Engine/Chat/"),
    ("packages/kosong/tests/", "tests/Kimi.Engine.Tests/Providers/"),
    ("packages/kaos/src/", "src/Kimi.Engine/Hosts/"),
    ("packages/kaos/tests/", "tests/Kimi.Engine.Tests/Hosts/"),
    ("tests_e2e/", "tests/Kimi.Cli.Tests/"),
    ("tests/", "tests/Kimi.Engine.Tests/"),
    ("docs/", "docs/"),
    ("CHANGELOG.md", "CHANGELOG.md"),
];

(string Pattern, string Reason)[] excluded =
[
    ("src/kimi_cli/ui/shell/", "terminal interface"),
    ("src/kimi_cli/ui/acp/", "editor interface"),
    ("src/kimi_cli/ui/theme", "terminal interface"),
    ("src/kimi_cli/acp/", "editor interface"),
    ("src/kimi_cli/web/", "web interface"),
    ("src/kimi_cli/vis/", "web interface"),
    ("src/kimi_cli/auth/", "login"),
    ("src/kimi_cli/telemetry/", "telemetry"),
    ("src/kimi_cli/cli/web.py", "web interface"),
    ("src/kimi_cli/cli/vis.py", "web interface"),
    ("src/kimi_cli/cli/toad.py", "terminal interface"),
    ("src/kimi_cli/cli/login", "login"),
    ("tests/ui_and_conv/", "terminal interface"),
    ("tests/web/", "web interface"),
    ("tests/acp/", "editor interface"),
    ("tests/auth/", "login"),
    ("tests/telemetry/", "telemetry"),
    ("web/", "web interface"),
    ("vis/", "web interface"),
    ("sdks/", "software kits of other languages"),
    ("examples/", "examples of other programs"),
    ("docs/node_modules/", "packaging"),
    (".github/", "packaging"),
    (".agents/", "upstream's own skills"),
    ("scripts/", "packaging"),
    ("pyproject.toml", "packaging"),
    ("uv.lock", "packaging"),
    ("Makefile", "packaging"),
    ("flake", "packaging"),
    ("pytest.ini", "packaging"),
    ("packages/kosong/pyproject.toml", "packaging"),
    ("packages/kaos/pyproject.toml", "packaging"),
    ("packages/kimi-code/", "packaging"),
    ("README", "upstream's own pages"),
    ("AGENTS.md", "upstream's own pages"),
    ("LICENSE", "upstream's own pages"),
    ("NOTICE", "upstream's own pages"),
    (".gitignore", "packaging"),
    (".pre-commit-config.yaml", "packaging"),
];

Dictionary<string, string> options = [];
for (int i = 0; i < args.Length; i++)
{
    if (!args[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == args.Length || args[i] is not ("--repo" or "--from" or "--to" or "--out"))
    {
        Console.Error.WriteLine($"Unknown or incomplete option '{args[i]}'. Usage: dotnet run inventory.cs -- --repo PATH --from REV --to REV [--out FILE]");
        return 2;
    }

    options[args[i]] = args[++i];
}

foreach (string needed in new[] { "--repo", "--from", "--to" })
{
    if (!options.ContainsKey(needed))
    {
        Console.Error.WriteLine($"The option {needed} is missing. Usage: dotnet run inventory.cs -- --repo PATH --from REV --to REV [--out FILE]");
        return 2;
    }
}

ProcessStartInfo start = new("git") { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
foreach (string argument in new[] { "-C", options["--repo"], "diff", "--name-status", "-z", "--find-renames", "--end-of-options", options["--from"], options["--to"], "--" })
{
    start.ArgumentList.Add(argument);
}

using Process? git = Start(start);
if (git is null)
{
    Console.Error.WriteLine("git was not found on the PATH.");
    return 2;
}

Task<string> errors = git.StandardError.ReadToEndAsync();
string[] fields = (await git.StandardOutput.ReadToEndAsync()).Split('\0', StringSplitOptions.RemoveEmptyEntries);
await git.WaitForExitAsync();
if (git.ExitCode != 0)
{
    Console.Error.WriteLine($"git diff failed: {(await errors).Trim()}");
    return 2;
}

List<(string Path, string Change, string Target)> inScope = [];
List<(string Path, string Change, string Reason)> outOfScope = [];
List<(string Path, string Change)> unknown = [];
for (int i = 0; i + 1 < fields.Length;)
{
    char status = fields[i][0];
    bool pair = status is 'R' or 'C';
    string path = fields[i + (pair ? 2 : 1)];
    string change = status switch
    {
        'A' => "added",
        'D' => "deleted",
        'R' => $"renamed from `{fields[i + 1]}`",
        'C' => $"copied from `{fields[i + 1]}`",
        'T' => "type changed",
        _ => "changed",
    };
    i += pair ? 3 : 2;
    if (Find(excluded, path) is string reason)
    {
        outOfScope.Add((path, change, reason));

        // What moves out of scope is still missing where it was.
        if (status == 'R' && Find(excluded, fields[i - 2]) is null && Find(mapping, fields[i - 2]) is string left)
        {
            inScope.Add((fields[i - 2], $"renamed to `{path}`, out of scope", left));
        }
    }
    else if (Find(mapping, path) is string target)
    {
        inScope.Add((path, change, target));
    }
    else
    {
        unknown.Add((path, change));
    }
}

StringBuilder text = new();
text.Append($"# Inventory {options["--from"]} → {options["--to"]}\n\n");
text.Append($"{inScope.Count} in scope, {outOfScope.Count} out of scope, {unknown.Count} without a place.\n");
if (unknown.Count > 0)
{
    text.Append("\n## Without a place\n\nAdd a rule for each to the tables of inventory.cs, then run it again.\n\n");
    foreach ((string path, string change) in unknown.OrderBy(static entry => entry.Path, StringComparer.Ordinal))
    {
        text.Append($"- [ ] **NO RULE** `{path}` ({change})\n");
    }
}

foreach (IGrouping<string, (string Path, string Change, string Target)> group in inScope.GroupBy(static entry => entry.Target).OrderBy(static group => group.Key, StringComparer.Ordinal))
{
    text.Append($"\n## {group.Key}\n\n");
    foreach ((string path, string change, _) in group.OrderBy(static entry => entry.Path, StringComparer.Ordinal))
    {
        text.Append($"- [ ] `{path}` ({change}) – class: \n");
    }
}

if (outOfScope.Count > 0)
{
    text.Append("\n## Out of scope\n\n");
    foreach ((string path, string change, string why) in outOfScope.OrderBy(static entry => entry.Path, StringComparer.Ordinal))
    {
        text.Append($"- `{path}` ({change}): {why}\n");
    }
}

if (options.TryGetValue("--out", out string? file))
{
    await File.WriteAllTextAsync(file, text.ToString());
    Console.WriteLine($"{file}: {inScope.Count} in scope, {outOfScope.Count} out of scope, {unknown.Count} without a place.");
}
else
{
    Console.Write(text);
}

return unknown.Count > 0 ? 3 : 0;

static Process? Start(ProcessStartInfo start)
{
    try
    {
        return Process.Start(start);
    }
    catch (System.ComponentModel.Win32Exception)
    {
        return null;
    }
}

static string? Find((string Pattern, string Value)[] table, string path)
{
    foreach ((string pattern, string value) in table)
    {
        if (path.StartsWith(pattern, StringComparison.Ordinal))
        {
            return value;
        }
    }

    return null;
}
