using System.Collections.Concurrent;
using Kimi.PowerShell.Tools;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// An open session. The engine's object is held by an interface of the framework: whoever closes sessions must not
/// need the engine's assembly.
/// </summary>
internal sealed class OpenSession(string id, Guid owner, IAsyncDisposable engine, ApprovalPolicy policy, SessionLog log, SessionQuestions questions)
{
    private readonly ConcurrentDictionary<string, byte> _always = new(StringComparer.Ordinal);
    private volatile RunningTurn? _turn;
    private int _busy;
    private int _turns;
    private int _warned;

    public string Id { get; } = id;

    /// <summary>The runspace that opened it.</summary>
    public Guid Owner { get; } = owner;

    public IAsyncDisposable Engine { get; } = engine;

    /// <summary>What its turns may do without asking.</summary>
    public ApprovalPolicy Policy { get; } = policy;

    public SessionLog Log { get; } = log;

    public SessionQuestions Questions { get; } = questions;

    /// <summary>The turn that runs; null between turns.</summary>
    public RunningTurn? Turn
    {
        get => _turn;
        set => _turn = value;
    }

    /// <summary>The tools registered by scripts.</summary>
    public ConcurrentDictionary<string, ToolInfo> Tools { get; } = new(StringComparer.Ordinal);

    /// <summary>The hooks registered by scripts.</summary>
    public SessionHookList Hooks { get; } = new();

    /// <summary>What registered tools returned.</summary>
    public KeptObjects Kept { get; } = new();

    public DateTime StartedUtc { get; } = DateTime.UtcNow;

    public bool IsBusy => Volatile.Read(ref _busy) != 0;

    /// <summary>Takes the session for one turn; gives the number of the turn, or 0 if another one runs.</summary>
    public int TryBeginTurn() => Interlocked.CompareExchange(ref _busy, 1, 0) == 0 ? Interlocked.Increment(ref _turns) : 0;

    /// <summary>Whether nobody was warned yet.</summary>
    public bool TryWarn() => Interlocked.Exchange(ref _warned, 1) == 0;

    /// <summary>Whether a registered tool runs without asking, because a person said so.</summary>
    public bool IsAlwaysAllowed(string tool) => _always.ContainsKey(tool);

    public void AllowAlways(string tool) => _always[tool] = 0;

    public void EndTurn() => Volatile.Write(ref _busy, 0);
}
