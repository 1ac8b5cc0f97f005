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

/// <summary>What one model was used for, by the session's own agent and by subagents.</summary>
public sealed class ModelTally
{
    /// <summary>Answers received.</summary>
    public int Requests { get; internal set; }

    /// <summary>Tokens.</summary>
    public TokenUsage Usage { get; internal set; } = new(0, 0);

    /// <summary>The time in which it was waited for.</summary>
    public TimeSpan Duration { get; internal set; }
}

/// <summary>Adds up what the recorded events of a session tell.</summary>
public sealed class SessionTally
{
    private readonly Dictionary<string, (string Tool, double At)> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _stepBegan = new(StringComparer.Ordinal);
    private readonly string _directory;
    private readonly IReadOnlyList<(double At, string Model, TokenUsage? Usage)> _models;
    private readonly Dictionary<string, string?> _subagentModels = new(StringComparer.Ordinal);
    private double _turnBegan = -1;
    private double _last;

    private SessionTally(string directory)
    {
        _directory = directory;
        _models = ModelLog.Read(directory);
    }

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

    /// <summary>Who answered, by model; under the empty name what no file names a model for, as in sessions of kimi-cli.</summary>
    public Dictionary<string, ModelTally> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the events of a session's directory. Lines that cannot be read are skipped.</summary>
    /// <exception cref="SessionStorageException">The file cannot be read.</exception>
    public static SessionTally Read(string sessionDirectory)
    {
        SessionTally tally = new(sessionDirectory);
        foreach ((WireMessage message, double at) in Messages(sessionDirectory))
        {
            tally.Take(message, at);
        }

        tally.EndTurn(tally._last);
        foreach ((_, string model, TokenUsage? usage) in tally._models)
        {
            if (usage is not null)
            {
                tally.Usage = Sum(tally.Usage, usage);
                tally.Answer(model, usage, duration: 0);
            }
        }

        return tally;
    }

    private static IEnumerable<(WireMessage Message, double At)> Messages(string directory)
    {
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(Path.Combine(directory, "wire.jsonl")))
        {
            WireMessage? message = null;
            double? at = null;
            try
            {
                JsonElement record = LenientJson.Parse(line);
                at = record.DoubleOrNull("timestamp");
                message = record.TryMember("message", out JsonElement envelope) ? WireMessageJson.Read(envelope) : null;
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // A torn or foreign line tells nothing.
            }

            if (message is not null && at is double time)
            {
                yield return (message, time);
            }
        }
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
                _stepBegan[""] = at;
                break;
            case StatusUpdate status when IsAnswer(status):
                Usage = Sum(Usage, status.TokenUsage);
                ModelDuration += Answer(ModelAt(at), status.TokenUsage, Waited("", at));
                break;
            case SubagentEvent { Event: StepBegin } step:
                _stepBegan[step.AgentId ?? "-"] = at;
                break;
            case SubagentEvent { Event: StatusUpdate status } subagent when IsAnswer(status):
                SubagentUsage = Sum(SubagentUsage, status.TokenUsage);
                Answer(ModelOf(subagent.AgentId) ?? ModelAt(at), status.TokenUsage, Waited(subagent.AgentId ?? "-", at));
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
        _stepBegan.Clear();
    }

    // Statuses are sent for other reasons too: those of an answer have its id or what it used.
    private static bool IsAnswer(StatusUpdate status) => status.TokenUsage is not null || status.MessageId is not null;

    private double Waited(string agent, double at) => _stepBegan.Remove(agent, out double began) ? Math.Max(0, at - began) : 0;

    private TimeSpan Answer(string model, TokenUsage? usage, double duration)
    {
        if (!Models.TryGetValue(model, out ModelTally? tally))
        {
            Models[model] = tally = new ModelTally();
        }

        TimeSpan waited = TimeSpan.FromSeconds(duration);
        tally.Requests++;
        tally.Usage = Sum(tally.Usage, usage);
        tally.Duration += waited;
        return waited;
    }

    /// <summary>The model that the session's own agent used at a time; empty when unknown.</summary>
    private string ModelAt(double at)
    {
        string model = "";
        foreach ((double since, string name, _) in _models)
        {
            if (since > at)
            {
                break;
            }

            model = name;
        }

        return model;
    }

    /// <summary>The model that a subagent has of its own; null when it uses that of the session.</summary>
    private string? ModelOf(string? agentId)
    {
        if (agentId is null || Path.GetFileName(agentId) != agentId)
        {
            return null;
        }

        if (!_subagentModels.TryGetValue(agentId, out string? model))
        {
            _subagentModels[agentId] = model = ReadModel(Path.Join(_directory, "subagents", agentId, "meta.json"));
        }

        return model;
    }

    private static string? ReadModel(string path)
    {
        try
        {
            return File.Exists(path) && LenientJson.Parse(File.ReadAllBytes(path)).TryMember("launch_spec", out JsonElement launch)
                ? launch.StringOrNull("effective_model")
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null; // its tokens then count as the session's model
        }
    }

    private ToolTally Tool(string name)
    {
        if (!Tools.TryGetValue(name, out ToolTally? tool))
        {
            Tools[name] = tool = new ToolTally();
        }

        return tool;
    }

    private static TokenUsage Sum(TokenUsage one, TokenUsage? other) => other is null ? one : new TokenUsage(
        one.InputOther + other.InputOther, one.Output + other.Output,
        one.InputCacheRead + other.InputCacheRead, one.InputCacheCreation + other.InputCacheCreation);
}
