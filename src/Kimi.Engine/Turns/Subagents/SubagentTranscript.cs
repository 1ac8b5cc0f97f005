using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>What a subagent did, for people to read: <c>output</c>, and the output of its task if it has one.</summary>
internal sealed class SubagentTranscript : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<FileStream> _files = [];
    private readonly Action<string, string> _log;
    private bool _failed;

    public SubagentTranscript(IEnumerable<string> paths, Action<string, string> log)
    {
        _log = log;
        foreach (string path in paths)
        {
            Guarded(() => _files.Add(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0)));
        }
    }

    /// <summary>Notes how far the run is.</summary>
    public void Stage(string name) => Write($"[stage] {name}\n");

    /// <summary>Notes a failure.</summary>
    public void Error(string message) => Write($"[error] {message}\n");

    /// <summary>Notes the result.</summary>
    public void Summary(string text) => Write($"\n[summary]\n{text}\n");

    /// <summary>Notes what the subagent says, as it says it.</summary>
    public void Observe(WireMessage message)
    {
        switch (message)
        {
            case ContentEvent { Part: TextPart text }:
                Write(text.Text);
                break;
            case ToolCallEvent call:
                Write($"[tool] {call.Call.Name}\n");
                break;
            case ToolResultEvent { ReturnValue: ToolReturnValue value }:
                Write($"[tool_result] {(value.IsError ? "error" : "success")}{(value.Brief.Length > 0 ? $": {value.Brief}" : "")}\n");
                break;
            default:
                break;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (FileStream file in _files)
            {
                file.Dispose();
            }

            _files.Clear();
        }
    }

    private void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        lock (_gate)
        {
            foreach (FileStream file in _files)
            {
                Guarded(() => file.Write(bytes));
            }
        }
    }

    // The transcript is for people; the work goes on without it.
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
            {
                _failed = true;
                _log("Warning", $"The transcript of a subagent cannot be written: {e.Message}");
            }
        }
    }
}
