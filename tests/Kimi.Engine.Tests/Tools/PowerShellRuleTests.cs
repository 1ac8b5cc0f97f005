using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tests.Tools;

public sealed class PowerShellRuleTests
{
    private static ApprovalEffect? Decide(string script, params (ApprovalEffect Effect, string Pattern)[] rules) =>
        new ApprovalRules(rules.Select(static rule => new ApprovalRule(rule.Effect, rule.Pattern)), HostPaths.Posix, "/srv/app")
            .Decide("PowerShell", "run PowerShell script", script)?.Effect;

    [Theory]
    [InlineData("Get-ChildItem", true)]
    [InlineData(" Get-ChildItem -Recurse ", true)]
    [InlineData("Get-ChildItem | Sort-Object Name", true)]
    [InlineData("Get-ChildItem; Get-ChildItem", true)]
    [InlineData("Get-ChildItem\nGet-ChildItem", true)]
    [InlineData("Get-ChildItem && Sort-Object || Sort-Object", true)]
    [InlineData("Get-ChildItem 'a; rm b' \"a | $b\" 2>$null *>&1", true)]
    [InlineData("Get-ChildItem 'it''s' \"a \"\"b\"\"\"", true)]
    [InlineData("Get-ChildItem; Remove-Item x", false)]
    [InlineData("Get-ChildItem\nRemove-Item x", false)]
    [InlineData("Get-ChildItem\rRemove-Item x", false)]
    [InlineData("Get-ChildItem | Remove-Item", false)]
    [InlineData("Get-ChildItem && Remove-Item x", false)]
    [InlineData("Get-ChildItem (Remove-Item x)", false)]
    [InlineData("Get-ChildItem $(Remove-Item x)", false)]
    [InlineData("Get-ChildItem @(Remove-Item x)", false)]
    [InlineData("Get-ChildItem \"$(Remove-Item x)\"", false)]
    [InlineData("Get-ChildItem \"${x}\"", false)]
    [InlineData("Get-ChildItem | ForEach-Object { Remove-Item $_ }", false)]
    [InlineData("Get-ChildItem & Remove-Item x", false)]
    [InlineData("& Get-ChildItem", false)]
    [InlineData("Get-ChildItem > x", false)]
    [InlineData("Get-ChildItem >> x", false)]
    [InlineData("Get-ChildItem 2> x", false)]
    [InlineData("Get-ChildItem >$nullx", false)]
    [InlineData("Get-ChildItem \"a`\"; Remove-Item x; \"b\"", false)]
    [InlineData("Get-ChildItem \u201ca\u201d; Get-ChildItem", false)]
    [InlineData("Get-ChildItem \u2018\"\u2019; Remove-Item x; '\"'", false)]
    [InlineData("Get-ChildItem 'a\u2019; Remove-Item x; Get-ChildItem \u2018b'", false)]
    [InlineData("Get-ChildItem 'a\u201b; Remove-Item x; Get-ChildItem \u201ab'", false)]
    [InlineData("Get-ChildItem \"a\u201d; Remove-Item x; Get-ChildItem \u201cb\"", false)]
    [InlineData("Get-ChildItem # \"\nRemove-Item x", false)]
    [InlineData("Get-ChildItem <# \" #>; Remove-Item x", false)]
    [InlineData("Get-ChildItem @'\n'; Remove-Item x\n'@", false)]
    [InlineData("Get-ChildItem --% \"\nRemove-Item x", false)]
    [InlineData("Get-ChildItem 'a", false)]
    [InlineData("Get-ChildItem \"a", false)]
    [InlineData("$x = Get-ChildItem", false)]
    [InlineData("if ($true) { Get-ChildItem }", false)]
    [InlineData("", false)]
    public void A_script_is_allowed_only_if_each_of_its_commands_is(string script, bool allowed) =>
        Assert.Equal(
            allowed ? ApprovalEffect.Allow : null,
            Decide(script, (ApprovalEffect.Allow, "PowerShell(Get-ChildItem*)"), (ApprovalEffect.Allow, "PowerShell(Sort-Object*)")));

    [Fact]
    public void A_rule_for_the_whole_tool_allows_every_script() =>
        Assert.Equal(ApprovalEffect.Allow, Decide("& { Remove-Item x } > y", (ApprovalEffect.Allow, "PowerShell")));

    [Theory]
    [InlineData("Remove-Item x")]
    [InlineData("remove-item x")]
    [InlineData("ls; ri x")]
    [InlineData("Get-ChildItem | % { del $_ }")]
    [InlineData("& 'Remove-Item' x")]
    [InlineData("& \"rm\" x")]
    [InlineData(". Remove-Item x")]
    [InlineData("Remove`-Item x")]
    [InlineData("\"$(Remove-Item x)\"")]
    [InlineData("if ($x) { Remove-Item x }")]
    [InlineData("Microsoft.PowerShell.Management\\Remove-Item x")]
    [InlineData("Get-ChildItem 'a\u2019; Remove-Item x; Get-ChildItem \u2018b'")]
    [InlineData("Get-ChildItem \"a\u201d; Remove-Item x; Get-ChildItem \u201cb\"")]
    [InlineData("Get-ChildItem \u2018\"\u2019; Remove-Item x; '\"'")]
    [InlineData("& \u2018Remove-Item\u2019 x")]
    [InlineData("iex 'Remove-Item x'")]
    [InlineData("Invoke-Expression \"rm x\"")]
    public void A_denied_command_is_found(string script) =>
        Assert.Equal(ApprovalEffect.Deny, Decide(script, (ApprovalEffect.Allow, "PowerShell"), (ApprovalEffect.Deny, "PowerShell(Remove-Item *)")));
}
