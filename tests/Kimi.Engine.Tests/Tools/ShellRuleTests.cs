using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tests.Tools;

/// <summary>Commands that try to get past the rules.</summary>
public sealed class ShellRuleTests
{
    private static readonly ApprovalRules s_rules = Rules(
        (ApprovalEffect.Allow, "Shell(git status*)"), (ApprovalEffect.Allow, "Shell(echo *)"), (ApprovalEffect.Allow, "Shell(printf *)"), (ApprovalEffect.Allow, "Shell(test *)"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ApprovalRules Rules(params (ApprovalEffect Effect, string Pattern)[] rules) =>
        new(rules.Select(static rule => new ApprovalRule(rule.Effect, rule.Pattern)), HostPaths.Posix, "/srv/app", null, "/home/me");

    private static ApprovalEffect? Decide(ApprovalRules rules, string command) => rules.Decide("Shell", "run command", command)?.Effect;

    [Theory]
    [InlineData("echo ${a:='$(touch m)'} ${a@P}")] // assigned, then expanded once more
    [InlineData("echo \"${a:=\\$(touch m)}\" \"${a@P}\"")]
    [InlineData("echo ${a:='x[$(touch m)]'} $[a]")] // computing runs what an index holds
    [InlineData("echo ${a:='x[$(touch m)]'} ${b:a}")]
    [InlineData("echo \"$\\\n(touch m)\"")] // a line that goes on inside the operator
    [InlineData("echo $\\\n{a:=x}")]
    [InlineData("echo \"${x:-\"}\"; touch m; echo \"")] // quotes inside braces
    [InlineData("echo \"${x:-'}\"; touch m; echo \"'\"")]
    [InlineData("echo ${x:-\\}; touch m}")]
    [InlineData("echo ${!x}")]
    [InlineData("echo ${x")]
    [InlineData("test -v 'a[$(touch m)]'")] // builtins that expand the index of a name
    [InlineData("test -v a[\\$\\(touch\\ m\\)]")]
    [InlineData("printf -v 'a[$(touch m)]' x")]
    [InlineData("printf -v 'a[`touch m`]' x")]
    [InlineData("'test' -v 'a[$(touch m)]'")]
    [InlineData("git status &>/dev/null touch m")] // a plain shell ends the command at the ampersand
    [InlineData("git status >/dev/null &touch m")]
    [InlineData("git status &>/dev/null&touch m")]
    [InlineData("git status\vtouch m")]
    [InlineData("git status\ftouch m")]
    [InlineData("git status <<EOF\n$(touch m)\nEOF")]
    [InlineData("git status <<<$(touch m)")]
    [InlineData("git status >(touch m)")]
    [InlineData("git status 2>m")]
    [InlineData("git status >|m")]
    [InlineData("git status <>m")]
    [InlineData("git status >&2m")]
    [InlineData("git status |& touch m")]
    [InlineData("git status;;touch m")]
    [InlineData("git status;\ttouch m")]
    [InlineData("git status|\ntouch m")]
    [InlineData("git status&&\\\ntouch m")]
    [InlineData("A=1 git status")]
    [InlineData("PATH=. git status")]
    [InlineData("env git status")]
    [InlineData("bash -c 'git status'")]
    [InlineData("eval git status")]
    [InlineData("git -c alias.status='!touch m' status")]
    [InlineData("git -C /tmp status")]
    [InlineData("/tmp/git status")]
    [InlineData("./git status")]
    [InlineData("\"git status\"")]
    [InlineData("g\\it status")]
    [InlineData("$GIT status")]
    [InlineData("coproc git status")]
    [InlineData("for x in a; do git status; done")]
    [InlineData("while git status; do git status; done")]
    [InlineData("case a in a) git status;; esac")]
    [InlineData("f() { git status; }; git status")]
    [InlineData("[[ -n 1 ]] && git status")]
    [InlineData("echo a # \"\ntouch m")]
    [InlineData("#\"\ntouch m\n#\"")]
    public void What_is_not_certainly_allowed_asks(string command) => Assert.Null(Decide(s_rules, command));

    [Theory]
    [InlineData("echo $HOME ${HOME} \"$HOME ${HOME}\" $? $1")]
    [InlineData("echo a#b 'it''s' \"a \\\" b\" c\\ d")]
    [InlineData("echo '$(touch m)' '`touch m`'")]
    [InlineData("printf '%s\\n' a | echo b 2>&1")]
    [InlineData("git status &>/dev/null")]
    [InlineData("git status >/dev/null 2>/dev/null && echo clean || echo dirty")]
    [InlineData("test -f a && echo b")]
    public void Plain_commands_stay_allowed(string command) => Assert.Equal(ApprovalEffect.Allow, Decide(s_rules, command));

    [Theory]
    [InlineData("\"rm\" x")]
    [InlineData("'rm' -rf x")]
    [InlineData("\\rm x")]
    [InlineData("r''m x")]
    [InlineData("/bin/rm x")]
    [InlineData("A=1 rm x")]
    [InlineData("sudo rm x")]
    [InlineData("sudo -u me -n rm x")]
    [InlineData("env -i A=1 rm x")]
    [InlineData("command rm x")]
    [InlineData("nice -n 5 rm x")]
    [InlineData("timeout 5 rm x")]
    [InlineData("timeout -k 5s 1m rm x")]
    [InlineData("ls | xargs rm -f")]
    [InlineData("ls | xargs -n 1 rm -f")]
    [InlineData("find . -name '*.o' -exec rm {} ;")]
    [InlineData("bash -c 'ls; rm x'")]
    [InlineData("sh -ec \"rm x\"")]
    [InlineData("eval rm x")]
    [InlineData("eval 'rm x'")]
    [InlineData("sudo bash -c 'env A=1 rm x'")]
    [InlineData("echo ${a:-$(rm x)}")]
    [InlineData("ls &>/dev/null rm x")]
    [InlineData("nohup rm x &")]
    public void A_denied_command_is_found_in_its_usual_disguises(string command) =>
        Assert.Equal(ApprovalEffect.Deny, Decide(Rules((ApprovalEffect.Allow, "Shell"), (ApprovalEffect.Deny, "Shell(rm *)")), command));

    [Theory]
    [InlineData("echo 'rm x'")]
    [InlineData("git rm x")]
    [InlineData("sudo ls rm x")]
    [InlineData("grep 'rm x' a")]
    [InlineData("confirm x")]
    public void A_denied_command_is_not_found_where_it_is_a_text(string command) =>
        Assert.Equal(ApprovalEffect.Allow, Decide(Rules((ApprovalEffect.Allow, "Shell"), (ApprovalEffect.Deny, "Shell(rm *)")), command));

    [Fact]
    public void A_long_command_is_judged_in_bounded_time()
    {
        ApprovalRules rules = Rules((ApprovalEffect.Deny, "Shell(rm *)"));
        Assert.Null(Decide(rules, string.Concat(Enumerable.Repeat("sudo ", 20_000))));
        Assert.Null(Decide(rules, "find " + string.Concat(Enumerable.Repeat("-exec ", 20_000))));
    }

    /// <summary>Commands put together at random; what the rules allow is run by real shells, and must not get anything done.</summary>
    [Fact]
    public async Task What_the_rules_allow_does_nothing_else_in_a_real_shell()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX shell");
        }

        string[] pieces =
        [
            "echo ", "echo a", "touch m", ">m", " ", "\n", "\\\n", "\\", "'", "\"", "`", "$(", ")", "(", "$", "${", "}", "${a:=", "${a:-", "${a@P}", "$[", "]", "a[", "{", ";", "&", "&&", "|",
            "||", "<", ">", ">>", ">&", "&>", "/dev/null", "<<E\n", "E", "#", " #", "!", "\t", "x", "$'", "printf -v ", "test -v ", "eval ", "1", "2", "=", "\r", "\f", "do ", "if ", "then ", "*",
        ];
        ApprovalRules rules = Rules((ApprovalEffect.Allow, "Shell(echo *)"), (ApprovalEffect.Allow, "Shell(test *)"), (ApprovalEffect.Allow, "Shell(printf *)"));
        Random random = new(20_111);
        StringBuilder script = new();
        int allowed = 0;
        while (allowed < 400)
        {
            StringBuilder text = new(random.Next(4) switch { 0 => "printf -v ", 1 => "test -v ", _ => "echo " });
            for (int count = random.Next(2, 9); count > 0; count--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
            }

            string command = text.ToString();
            if ((command.Contains("touch", StringComparison.Ordinal) || command.Contains('>', StringComparison.Ordinal)) && Decide(rules, command) == ApprovalEffect.Allow)
            {
                allowed++;
                string quoted = "'" + command.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
                script.Append("for s in bash sh; do $s -c ").Append(quoted).Append(" </dev/null >/dev/null 2>&1; test -e m && { printf '%s\\n' ").Append(quoted).Append("; rm m; }; done\n");
            }
        }

        using TempFolder folder = new();
        string file = folder.Write("run.sh", script.ToString());
        await using IHostProcess process = await new LocalHost().StartAsync(
            new HostCommand { FileName = "/bin/bash", Arguments = [file], WorkingDirectory = Directory.CreateDirectory(folder["empty"]).FullName }, Token);
        using StreamReader reader = new(process.StandardOutput);
        Assert.Equal("", await reader.ReadToEndAsync(Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder["empty"]));
    }
}
