using System.Text;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Hooks;

/// <summary>The text of <c>/hooks</c>.</summary>
internal static class HookListing
{
    public static string Describe(IReadOnlyList<HookConfig> hooks, IReadOnlyList<HookSubscription> subscriptions)
    {
        var text = new StringBuilder();
        for (int i = 0; i < HookConfig.EventNames.Count; i++)
        {
            string name = HookConfig.EventNames[i];
            var lines = new List<string>();
            foreach (HookConfig hook in hooks)
            {
                if (hook.Event == name)
                {
                    lines.Add($"  {Matcher(hook.Matcher)} {hook.Command}");
                }
            }

            foreach (HookSubscription subscription in subscriptions)
            {
                if ((int)subscription.Event == i)
                {
                    lines.Add($"  {Matcher(subscription.Matcher)} (client-side) wire");
                }
            }

            if (lines.Count > 0)
            {
                text.Append(text.Length == 0 ? "" : "\n").Append(name).Append(": ").Append(lines.Count).Append(" hook(s)\n");
                text.AppendJoin('\n', lines);
            }
        }

        return text.Length == 0
            ? "No hooks configured. Add [[hooks]] sections to your config.toml to set up hooks."
            : text.ToString();
    }

    private static string Matcher(string matcher) => matcher.Length == 0 ? "(all)" : matcher;
}
