using System.Diagnostics;

namespace Kimi.PowerShell.Events;

/// <summary>The tool calls of a turn. Decisions come in from another thread than results.</summary>
internal sealed class CallLog
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _calls = [];
    private readonly Dictionary<string, Entry> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string CallId, string Tool, string? Decision)> _requests = new(StringComparer.Ordinal);

    /// <summary>How many calls were refused.</summary>
    public int DeniedCount { get; private set; }

    public void Begin(string id, string tool, string arguments)
    {
        Entry call = new(tool, arguments, Stopwatch.GetTimestamp());
        lock (_gate)
        {
            call.Id = id;
            _calls.Add(call);
            _byId[id] = call;
        }
    }

    public Entry? End(string id, bool isError)
    {
        lock (_gate)
        {
            if (!_byId.TryGetValue(id, out Entry? call)) { return null; }
            call.Duration = Stopwatch.GetElapsedTime(call.Started);
            call.IsError = isError;
            return call;
        }
    }

    /// <summary>The arguments of a call; empty if it was not seen.</summary>
    public string ArgumentsOf(string id)
    {
        lock (_gate) { return _byId.TryGetValue(id, out Entry? call) ? call.Arguments : ""; }
    }

    public void Request(string requestId, string callId, string tool)
    {
        lock (_gate) { _requests.TryAdd(requestId, (callId, tool, null)); }
    }

    /// <summary>Notes what was decided about a request.</summary>
    public void Decide(string requestId, string callId, string tool, string decision)
    {
        lock (_gate)
        {
            _requests[requestId] = (callId, tool, decision);
            if (_byId.TryGetValue(callId, out Entry? call)) { call.Decision = decision; }
            if (decision is ApprovalDecision.Denied or ApprovalDecision.NoOneToAsk) { DeniedCount++; }
        }
    }

    public (string CallId, string Tool, string? Decision) Answered(string requestId)
    {
        lock (_gate) { return _requests.GetValueOrDefault(requestId, ("", "", null)); }
    }

    public ToolCallInfo[] ToArray()
    {
        lock (_gate)
        {
            return [.. _calls.Select(c => new ToolCallInfo
            {
                ToolCallId = c.Id,
                Tool = c.Tool,
                ArgumentsJson = c.Arguments,
                IsError = c.IsError,
                Decision = c.Decision,
                DurationSeconds = c.Duration?.TotalSeconds,
            })];
        }
    }

    /// <summary>One call.</summary>
    internal sealed class Entry(string tool, string arguments, long started)
    {
        public string Id { get; set; } = "";

        public string Tool { get; } = tool;

        public string Arguments { get; } = arguments;

        public long Started { get; } = started;

        public bool IsError { get; set; } = true; // until a result says otherwise

        public string? Decision { get; set; }

        public TimeSpan? Duration { get; set; }
    }
}
