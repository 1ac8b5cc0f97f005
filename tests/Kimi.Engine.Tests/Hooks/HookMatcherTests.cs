using Kimi.Engine.Hooks;

namespace Kimi.Engine.Tests.Hooks;

public sealed class HookMatcherTests
{
    [Theory]
    [InlineData("", "Shell", true)]
    [InlineData("", "", true)]
    [InlineData("Shell", "Shell", true)]
    [InlineData("hel", "Shell", true)]
    [InlineData("shell", "Shell", false)]
    [InlineData("^Shell$", "Shell", true)]
    [InlineData("^Shell$", "PowerShell", false)]
    [InlineData("Shell$", "PowerShell", true)]
    [InlineData("^Power", "PowerShell", true)]
    [InlineData("^Shell", "PowerShell", false)]
    [InlineData("ReadFile|Glob", "Glob", true)]
    [InlineData("ReadFile|Glob", "Grep", false)]
    [InlineData("^ReadFile$|^Glob$", "Glob", true)]
    [InlineData("^Shell$", "Shell\n", true)]
    [InlineData("^$", "", true)]
    [InlineData("^$", "x", false)]
    [InlineData("^(Read|Write)File$", "WriteFile", true)]
    [InlineData("^(?:Read|Write)File$", "StrReplaceFile", false)]
    [InlineData("rm\\s+-rf", "please rm  -rf x", true)]
    [InlineData("(?i)SHELL", "Shell", true)]
    [InlineData("(?P<n>a)b", "ab", true)]
    [InlineData("b\\Z", "ab", true)]
    [InlineData(".*", "", true)]
    [InlineData("a|", "zzz", true)]
    [InlineData("[", "[", false)]
    [InlineData("(", "(", false)]
    [InlineData("*", "*", false)]
    [InlineData("task\\.completed", "task.completed", true)]
    public void SearchSemantics(string pattern, string value, bool expected) =>
        Assert.Equal(expected, new HookMatcher(pattern).Matches(value));

    [Fact]
    public void AnExplodingPatternStillAnswers()
    {
        var matcher = new HookMatcher("^(a+)+$");
        Assert.False(matcher.Matches(new string('a', 60) + "!"));
        Assert.True(matcher.Matches(new string('a', 60)));
    }

    [Fact]
    public void AnExplodingPatternThatOnlyBacktrackingKnowsMatchesNothing() =>
        Assert.False(new HookMatcher("^(a+)+\\1$").Matches(new string('a', 60) + "!"));
}
