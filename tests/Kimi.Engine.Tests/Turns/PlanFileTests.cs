using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Turns.Plans;

namespace Kimi.Engine.Tests.Turns;

public sealed class PlanFileTests
{
    [Theory]
    [InlineData("../../evil")]
    [InlineData("..\\evil")]
    [InlineData("c:evil")]
    [InlineData("")]
    public void A_state_from_elsewhere_cannot_name_another_file(string slug)
    {
        using TempFolder folder = new();
        SessionState state = new(folder.Path) { PlanMode = true, PlanSlug = slug };
        ShareDirectory share = new(folder["share"], folder["home"]);
        PlanMode plan = new(state, share, state.Save);
        Assert.Null(plan.PlanFile);
        Assert.Equal(share.PlansDirectory, Path.GetDirectoryName(plan.TurnOn()));
        Assert.NotEqual(slug, state.PlanSlug);
    }
}
