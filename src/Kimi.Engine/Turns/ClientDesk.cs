using Kimi.Engine.Providers;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns;

/// <summary>Takes what a driving client says of itself: its tools, hooks and abilities.</summary>
internal sealed class ClientDesk(Toolset toolset, SessionHooks hooks, Questions questions, ClientIdentity identity)
{
    private static readonly string[] s_planTools = ["EnterPlanMode", "ExitPlanMode"];

    private bool _plans;

    /// <summary>Offers no tool that needs a client, until one has said that it can.</summary>
    public void Close()
    {
        toolset.Hide("AskUserQuestion");
        foreach (string tool in s_planTools)
        {
            toolset.Hide(tool);
        }
    }

    /// <summary>Takes a registration.</summary>
    public ClientRegistrationResult Register(ClientRegistration registration)
    {
        List<string> accepted = [];
        List<(string, string)> rejected = [];
        foreach (ClientTool tool in registration.Tools)
        {
            if (toolset.AddExternal(tool.Name, tool.Description, tool.Parameters) is string reason)
            {
                rejected.Add((tool.Name, reason));
            }
            else
            {
                accepted.Add(tool.Name);
            }
        }

        hooks.Subscribe(registration.Hooks);
        questions.ClientSupportsQuestions = registration.SupportsQuestion ?? questions.ClientSupportsQuestions;
        _plans = registration.SupportsPlanMode ?? _plans;
        Offer("AskUserQuestion", questions.ClientSupportsQuestions);
        foreach (string tool in s_planTools)
        {
            Offer(tool, _plans);
        }

        identity.Initialize(registration.Name, registration.Version);
        return new ClientRegistrationResult(accepted, rejected, hooks.Counts());
    }

    private void Offer(string name, bool offered)
    {
        if (offered)
        {
            toolset.Unhide(name);
        }
        else
        {
            toolset.Hide(name);
        }
    }
}
