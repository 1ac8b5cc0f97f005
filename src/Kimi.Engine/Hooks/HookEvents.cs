using Kimi.Engine.Configuration;

namespace Kimi.Engine.Hooks;

/// <summary>Names of the <see cref="HookEvent"/>s.</summary>
internal static class HookEvents
{
    /// <summary>The name as it is written in configuration and on the wire.</summary>
    public static string Name(HookEvent hookEvent) => HookConfig.EventNames[(int)hookEvent];

    /// <summary>The event of a name; null for an unknown one.</summary>
    public static HookEvent? Find(string name)
    {
        for (int i = 0; i < HookConfig.EventNames.Count; i++)
        {
            if (HookConfig.EventNames[i] == name)
            {
                return (HookEvent)i;
            }
        }

        return null;
    }
}
