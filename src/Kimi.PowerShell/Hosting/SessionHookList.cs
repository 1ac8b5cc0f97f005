using System.Collections.Concurrent;

namespace Kimi.PowerShell.Hosting;

/// <summary>The hooks that scripts registered in a session.</summary>
internal sealed class SessionHookList
{
    private static int s_last;
    private readonly ConcurrentDictionary<int, (HookInfo Info, IDisposable Registration)> _hooks = new();

    public IReadOnlyList<HookInfo> All => [.. _hooks.Values.Select(h => h.Info).OrderBy(h => h.HookId)];

    public HookInfo Add(IDisposable registration, string hookEvent, string matcher, string script, string sessionId)
    {
        HookInfo info = new() { HookId = Interlocked.Increment(ref s_last), Event = hookEvent, Matcher = matcher, Script = script, SessionId = sessionId };
        _hooks[info.HookId] = (info, registration);
        return info;
    }

    public void Remove(int id)
    {
        if (_hooks.TryRemove(id, out (HookInfo Info, IDisposable Registration) hook)) { hook.Registration.Dispose(); }
    }
}
