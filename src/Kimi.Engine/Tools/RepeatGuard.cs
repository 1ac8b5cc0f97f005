using System.Globalization;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary>
/// Notices a model that repeats itself: the same call twice in a step runs once, and the same call step after step is
/// answered with ever clearer reminders until the turn must end. One for each agent.
/// </summary>
public sealed class RepeatGuard
{
    private const int Mild = 3;
    private const int Clear = 5;
    private const int DeadEnd = 8;
    private const int Stop = 12;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _step = new(StringComparer.Ordinal);
    private (string? Last, int Streak) _before;
    private (string? Last, int Streak) _now;
    private bool _mustStop;

    /// <summary>Begins a turn, or goes on after a D-Mail: forgets everything.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _step.Clear();
            _before = _now = default;
            _mustStop = false;
        }
    }

    /// <summary>Begins a step, or another attempt at it: the calls of the attempt before do not count.</summary>
    public void BeginStep()
    {
        lock (_gate)
        {
            _step.Clear();
            _now = _before;
            _mustStop = false;
        }
    }

    /// <summary>Ends a step; true when the turn must end with it (stop reason <c>tool_call_repeat</c>).</summary>
    public bool EndStep()
    {
        lock (_gate)
        {
            _before = _now;
            return _mustStop;
        }
    }

    /// <summary>Notes a call; calls must be noted in the order the model made them.</summary>
    internal Entry Enter(string tool, string arguments)
    {
        lock (_gate)
        {
            string key = $"{tool}\0{arguments}";
            if (_step.TryGetValue(key, out Entry? first))
            {
                return new Entry(first, tool, arguments, 1);
            }

            _now = (key, key == _now.Last ? _now.Streak + 1 : 1);
            _mustStop |= _now.Streak >= Stop;
            Entry entry = new(null, tool, arguments, _now.Streak);
            _step.Add(key, entry);
            return entry;
        }
    }

    /// <summary>A call noted by the guard.</summary>
    internal sealed class Entry(Entry? first, string tool, string arguments, int streak)
    {
        private readonly TaskCompletionSource<ToolReturnValue>? _result = first is null ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;

        /// <summary>The result of the same call made earlier in the step; null when this is the first one.</summary>
        public Task<ToolReturnValue>? Earlier => first?._result!.Task;

        /// <summary>Hands the result to later calls that are the same.</summary>
        public void Complete(ToolReturnValue result) => _result!.TrySetResult(result);

        /// <summary>Tells later calls that there will be no result.</summary>
        public void Cancel() => _result!.TrySetCanceled();

        /// <summary>The result with the reminder that is due, if any.</summary>
        public ToolReturnValue WithReminder(ToolReturnValue result)
        {
            if (Reminder() is not string text)
            {
                return result;
            }

            string reminder = $"\n\n<system-reminder>\n{text}\n</system-reminder>";
            if (result.OutputParts is not { } parts)
            {
                return result with { OutputText = (result.OutputText ?? "") + reminder };
            }

            return result with
            {
                OutputParts = parts.Count > 0 && parts[^1] is TextPart last ? [.. parts.Take(parts.Count - 1), new TextPart(last.Text + reminder)] : [.. parts, new TextPart(reminder)],
            };
        }

        private string? Reminder() => streak switch
        {
            < Mild => null,
            < Clear => "You are making the exact same tool call with identical parameters again. Its result will not change: look at what you already have and try a different approach.",
            < DeadEnd => string.Create(CultureInfo.InvariantCulture, $"You are stuck in a loop: the same tool call was made several times in a row.\n- tool: {tool}\n- repeated_times: {streak}\n- arguments: {arguments}\nDo not make this call again. Say what you expected, why it did not come, and do something else."),
            _ => "This is a dead end: the same tool call was repeated many times without progress. Stop all function calls now. Answer with text only: sum up what was done, what was found and what is still open.",
        };
    }
}
