using System.Diagnostics;
using System.Management.Automation;
using Kimi.Engine.Wire;

namespace Kimi.PowerShell.Hosting;

/// <summary>The progress bar of a turn: what it is doing and what it has used, at most five times a second.</summary>
internal sealed class TurnProgress(Pump<KimiCmdlet> pump)
{
    /// <summary>Fixed, so that a second turn replaces the bar of the first.</summary>
    private const int ActivityId = 1262763337;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);
    private string _status = "Thinking";
    private long _step;
    private long _tokens;
    private long _shown;
    private bool _visible;

    public void Show(WireMessage message)
    {
        switch (message)
        {
            case StepBegin step: (_step, _status) = (step.N, "Thinking"); break;
            case Engine.Wire.ToolCallEvent call: _status = $"Running {call.Call.Name}"; break;
            case ApprovalRequest approval: _status = $"Asking for {approval.Sender}"; break;
            case CompactionBegin: _status = "Summarising the conversation"; break;
            case McpLoadingBegin: _status = "Waiting for MCP servers"; break;
            case StatusUpdate { TokenUsage: { } usage }: _tokens += usage.Total; break;
            default: return; // nothing to tell, and fragments come by the thousand
        }

        if (_visible && Stopwatch.GetElapsedTime(_shown) < s_pause) { return; }
        _shown = Stopwatch.GetTimestamp();
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
