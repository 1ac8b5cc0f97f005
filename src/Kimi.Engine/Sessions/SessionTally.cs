using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Sessions;

/// <summary>What one tool was used for.</summary>
public sealed class ToolTally
{
    /// <summary>How often it was called.</summary>
    public int Calls { get; internal set; }

    /// <summary>How many of these calls failed or have no result.</summary>
    public int Errors { get; internal set; }

    /// <summary>The time from the calls to their results, approvals included.</summary>
    public TimeSpan Duration { get; internal set; }
}

/// <summary>Adds up what the recorded events of a session tell.</summary>
public sealed class SessionTally
{
    private readonly Dictionary<string, (string Tool, double At)> _open = new(StringComparer.Ordinal);
    private double _turnBegan = -1;
    private double _stepBegan = -1;
    private double _last;

    /// <summary>Turns begun.</summary>
    public int Turns { get; private set; }

    /// <summary>Steps of the session's own agent.</summary>
    public int Steps { get; private set; }

    /// <summary>Tokens of the session's own agent.</summary>
    public TokenUsage Usage { get; private set; } = new(0, 0);

    /// <summary>Tokens of its subagents.</summary>
    public TokenUsage SubagentUsage { get; private set; } = new(0, 0);

    /// <summary>The time inside turns.</summary>
    public TimeSpan Duration { get; private set; }

    /// <summary>The time in which the model was waited for.</summary>
    public TimeSpan ModelDuration { get; private set; }

    /// <summary>When the last event was written.</summary>
    public DateTime? LastUtc => _last > 0 ? DateTime.UnixEpoch.AddSeconds(_last) : null;

    /// <summary>What was called, by tool.</summary>
    public Dictionary<string, ToolTally> Tools { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the events of a session's directory. Lines that cannot be read are skipped.</summary>
    /// <exception cref="SessionStorageException">The file cannot be read.</exception>
    public static SessionTally Read(string sessionDirectory)
    {
        SessionTally tally = new();
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(Path.Combine(sessionDirectory, "wire.jsonl")))
        {
            try
            {
                JsonElement record = LenientJson.Parse(line);
                if (record.TryMember("message", out JsonElement message) && record.DoubleOrNull("timestamp") is double at && WireMessageJson.Read(message) is WireMessage read)
                {
                    tally.Take(read, at);
                }
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // A torn or foreign line tells nothing.
            }
        }

        tally.EndTurn(tally._last);
        return tally;
    }

    private void Take(WireMessage message, double at)
    {
        switch (message)
        {
            case TurnBegin:
                EndTurn(_last);
                Turns++;
                _turnBegan = at;
                break;
            case TurnEnd:
                EndTurn(at);
                break;
            case StepBegin:
                Steps++;
                _stepBegan = at;
                break;
            case StatusUpdate { TokenUsage: TokenUsage usage }:
                Usage = Sum(Usage, usage);
                if (_stepBegan >= 0)
                {
                    ModelDuration += TimeSpan.FromSeconds(Math.Max(0, at - _stepBegan));
                    _stepBegan = -1;
                }

                break;
            case SubagentEvent { Event: StatusUpdate { TokenUsage: TokenUsage usage } }:
                SubagentUsage = Sum(SubagentUsage, usage);
                break;
            case ToolCallEvent call:
                Tool(call.Call.Name).Calls++;
                _open[call.Call.Id] = (call.Call.Name, at);
                break;
            case ToolResultEvent result when _open.Remove(result.ToolCallId, out (string Tool, double At) began):
                ToolTally tool = Tool(began.Tool);
                tool.Duration += TimeSpan.FromSeconds(Math.Max(0, at - began.At));
                tool.Errors += result.ReturnValue.IsError ? 1 : 0;
                break;
        }

        _last = at;
    }

    private void EndTurn(double at)
    {
        if (_turnBegan >= 0)
        {
            Duration += TimeSpan.FromSeconds(Math.Max(0, at - _turnBegan));
        }

        foreach ((string tool, _) in _open.Values)
        {
            Tool(tool).Errors++;
        }

        _open.Clear();
        _turnBegan = -1;
        _stepBegan = -1;
    }

    private ToolTally Tool(string name)
    {
        if (!Tools.TryGetValue(name, out ToolTally? tool))
        {
            Tools[name] = tool = new ToolTally();
        }

        return tool;
    }

    private static TokenUsage Sum(TokenUsage one, TokenUsage other) => new(
        one.InputOther + other.InputOther, one.Output + other.Output,
        one.InputCacheRead + other.InputCacheRead, one.InputCacheCreation + other.InputCacheCreation);
}
