using System.Diagnostics;
using System.Management.Automation;
using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Hosting;

/// <summary>The progress bar of a turn: what it is doing and what it has used, at most five times a second.</summary>
internal sealed class TurnProgress(Pump<KimiCmdlet> pump)
{
    /// <summary>Fixed, so that a second turn replaces the bar of the first.</summary>
    private const int ActivityId = 1262763337;

    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(1);
    private readonly long[] _shown = new long[5]; // a step and its tool come close together: both must be seen
    private long _count;
    private string _status = "Thinking";
    private string _running = "Thinking";
    private long _step;
    private long _tokens;
    private bool _visible;

    public void Show(WireMessage message)
    {
        switch (message)
        {
            case StepBegin step: (_step, _status) = (step.N, "Thinking"); break;
            case Engine.Wire.ToolCallEvent call: _status = _running = $"Running {call.Call.Name}"; break;
            case ApprovalRequest approval: _status = $"Asking for {approval.Sender}"; break;
            case ApprovalResponse: _status = _running; break;
            case CompactionBegin: _status = "Summarising the conversation"; break;
            case McpLoadingBegin: _status = "Waiting for MCP servers"; break;
            case StatusUpdate { TokenUsage: { } usage }: _tokens += usage.Total; break;
            default: return; // nothing to tell, and fragments come by the thousand
        }

        ref long shown = ref _shown[_count % _shown.Length];
        if (_count >= _shown.Length && Stopwatch.GetElapsedTime(shown) < s_window) { return; }
        shown = Stopwatch.GetTimestamp();
        _count++;
        _visible = true;
        ProgressRecord record = new(ActivityId, "Kimi", _tokens == 0 ? $"Step {_step}: {_status}" : $"Step {_step}: {_status} ({_tokens} tokens)");
        pump.TryPost(cmdlet => cmdlet.WriteProgress(record));
    }

    /// <summary>Removes the bar.</summary>
    public void Complete()
    {
        if (_visible) { pump.TryPost(Hide); }
    }

    /// <summary>Removes the bar, on the pipeline thread: it must not be drawn into a question. The next message brings it back.</summary>
    public static void Hide(Cmdlet cmdlet) =>
        cmdlet.WriteProgress(new ProgressRecord(ActivityId, "Kimi", "Done") { RecordType = ProgressRecordType.Completed });
}
