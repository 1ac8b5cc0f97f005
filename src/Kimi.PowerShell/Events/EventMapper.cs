using Kimi.Engine.Chat;
using Kimi.Engine.Wire;
using Wire = Kimi.Engine.Wire;

namespace Kimi.PowerShell.Events;

/// <summary>
/// Turns the engine's messages of one turn into events for scripts: the one place where that happens. Fragments are put
/// together; what only matters between engine and client is left out.
/// </summary>
/// <param name="sessionId">The session.</param>
/// <param name="turn">The number of the turn.</param>
/// <param name="includeDelta">Whether fragments are shown as well.</param>
internal sealed class EventMapper(string sessionId, int turn, bool includeDelta)
{
    /// <summary>
    /// Messages that give no event of their own: pieces of a call (its event carries the whole), and requests that the
    /// module itself answers with a registered tool or hook.
    /// </summary>
    public static readonly IReadOnlySet<string> NotShown = new HashSet<string>(StringComparer.Ordinal)
    {
        "ToolCallPart", "ToolCallRequest", "HookRequest",
    };

    private readonly PartMerger _merger = new();
    private readonly CallLog _calls = new();
    private string? _growingCall;
    private int _sequence;

    /// <summary>The tool calls seen, with what was decided about them and what became of them.</summary>
    public CallLog Calls => _calls;

    /// <summary>The events of a message, in order.</summary>
    public IEnumerable<TurnEvent> Map(WireMessage message)
    {
        if (StreamEvents.PartOf(message) is StreamPart part)
        {
            if (includeDelta && Delta(part) is TurnEvent delta) { yield return delta; }
            StreamPart? finished = _merger.Add(part);
            if (part is ToolCall started) { _growingCall = started.Id; }
            else if (part is not ToolCallPart) { _growingCall = null; }
            if (finished is not null && Whole(finished) is TurnEvent whole) { yield return whole; }
            yield break;
        }

        if (message is Wire.StepRetry)
        {
            // What the failed attempt wrote is void; its calls were never run.
            _merger.Flush();
            _growingCall = null;
        }
        else if (EndsPart(message))
        {
            foreach (TurnEvent rest in Flush()) { yield return rest; }
        }

        if (Single(message) is TurnEvent single) { yield return single; }
    }

    /// <summary>What is left when the messages have ended.</summary>
    public IEnumerable<TurnEvent> Flush()
    {
        _growingCall = null;
        if (_merger.Flush() is StreamPart part && Whole(part) is TurnEvent whole) { yield return whole; }
    }

    /// <summary>The outcome, as the last event of the turn.</summary>
    public TurnResult Result(TurnTotals totals) => new()
    {
        SessionId = sessionId,
        Turn = turn,
        Sequence = Next(),
        TimeUtc = DateTime.UtcNow,
        Status = totals.Status,
        Text = totals.Text,
        StopReason = totals.StopReason,
        ErrorMessage = totals.ErrorMessage,
        Model = totals.Model,
        Usage = totals.Usage,
        Cost = totals.Cost,
        Steps = totals.Steps,
        ToolCalls = _calls.ToArray(),
        DeniedCount = _calls.DeniedCount,
        Duration = totals.Duration,
        Data = totals.Data,
    };

    /// <summary>The event of a question, which may come from any thread.</summary>
    public QuestionRequestEvent Question(QuestionRequest request) => new()
    {
        SessionId = sessionId,
        Turn = turn,
        Sequence = Next(),
        TimeUtc = DateTime.UtcNow,
        RequestId = request.Id,
        ToolCallId = request.ToolCallId,
        Questions = [.. request.Questions.Select(q => q.Text)],
    };

    private int Next() => Interlocked.Increment(ref _sequence);

    // Tools run while the model still writes the next call: their messages must not cut that call in two.
    private bool EndsPart(WireMessage message) => _growingCall is null || message switch
    {
        Wire.ToolResultEvent result => result.ToolCallId == _growingCall,
        ApprovalRequest request => request.ToolCallId == _growingCall,
        QuestionRequest question => question.ToolCallId == _growingCall,
        ToolCallRequest call => call.Id == _growingCall,
        ApprovalResponse or HookTriggered or HookResolved or HookRequest or Wire.NotificationEvent or Wire.SubagentEvent => false,
        _ => true,
    };

    private TurnEvent? Delta(StreamPart part) => part switch
    {
        TextPart text => new TextDeltaEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = DateTime.UtcNow, Text = text.Text },
        ThinkPart think => new ThinkDeltaEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = DateTime.UtcNow, Text = think.Think },
        _ => null,
    };

    private TurnEvent? Whole(StreamPart part)
    {
        // Providers send empty parts to carry a signature; they say nothing to a reader.
        switch (part)
        {
            case TextPart { Text.Length: > 0 } text:
                return new TextEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = DateTime.UtcNow, Text = text.Text };
            case ThinkPart { Think.Length: > 0 } think:
                return new ThinkEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = DateTime.UtcNow, Text = think.Think };
            case MediaPart media:
                return new MediaEvent
                {
                    SessionId = sessionId,
                    Turn = turn,
                    Sequence = Next(),
                    TimeUtc = DateTime.UtcNow,
                    MediaType = media.Type.Replace("_url", "", StringComparison.Ordinal),
                    Url = media.Url,
                };
            case ToolCall call:
                _calls.Begin(call.Id, call.Name, call.Arguments ?? "");
                return new Kimi.ToolCallEvent
                {
                    SessionId = sessionId,
                    Turn = turn,
                    Sequence = Next(),
                    TimeUtc = DateTime.UtcNow,
                    ToolCallId = call.Id,
                    Tool = call.Name,
                    ArgumentsJson = call.Arguments ?? "",
                };
            default:
                return null;
        }
    }

    private TurnEvent? Single(WireMessage message)
    {
        DateTime now = DateTime.UtcNow;
        switch (message)
        {
            case TurnBegin m: return new TurnBeginEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, Prompt = EventText.Of(m.UserInput) };
            case TurnEnd: return new TurnEndEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case StepBegin m: return new StepBeginEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, Step = m.N };
            case StepInterrupted: return new StepInterruptedEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case StepRetry m:
                return new StepRetryEvent
                {
                    SessionId = sessionId,
                    Turn = turn,
                    Sequence = Next(),
                    TimeUtc = now,
                    Step = m.N,
                    NextAttempt = m.NextAttempt,
                    MaxAttempts = m.MaxAttempts,
                    Wait = TimeSpan.FromSeconds(m.WaitSeconds),
                    ErrorType = m.ErrorType,
                    StatusCode = m.StatusCode,
                };
            case SteerInput m: return new SteerInputEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, Prompt = EventText.Of(m.UserInput) };
            case CompactionBegin: return new CompactionBeginEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case CompactionEnd: return new CompactionEndEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case McpLoadingBegin: return new MCPLoadingBeginEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case McpLoadingEnd: return new MCPLoadingEndEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now };
            case StatusUpdate m: return Status(m, now);
            case Wire.ToolResultEvent m: return Result(m, now);
            case ApprovalRequest m: return Request(m, now);
            case ApprovalResponse m: return Response(m, now);
            case QuestionRequest m: return Question(m);
            case Wire.NotificationEvent m: return Notification(m, now);
            case PlanDisplay m: return new PlanDisplayEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, Content = m.Content, FilePath = m.FilePath };
            case BtwBegin m: return new BtwBeginEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, QuestionId = m.Id, Question = m.Question };
            case BtwEnd m: return new BtwEndEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, QuestionId = m.Id, Response = m.Response, Error = m.Error };
            case HookTriggered m: return new HookTriggeredEvent { SessionId = sessionId, Turn = turn, Sequence = Next(), TimeUtc = now, Event = m.Event, Target = m.Target, HookCount = m.HookCount };
            case HookResolved m:
                return new HookResolvedEvent
                {
                    SessionId = sessionId,
                    Turn = turn,
                    Sequence = Next(),
                    TimeUtc = now,
                    Event = m.Event,
                    Target = m.Target,
                    Action = m.Action,
                    Reason = m.Reason,
                    Duration = TimeSpan.FromMilliseconds(m.DurationMs),
                };
            case Wire.SubagentEvent m: return Subagent(m, now);
            default: return null;
        }
    }

    private StatusUpdateEvent Status(StatusUpdate m, DateTime now) => new()
    {
        SessionId = sessionId,
        Turn = turn,
        Sequence = Next(),
        TimeUtc = now,
        ContextUsage = m.ContextUsage,
        ContextTokens = m.ContextTokens,
        MaxContextTokens = m.MaxContextTokens,
        Usage = m.TokenUsage is null ? null : EventText.Of(m.TokenUsage),
        MessageId = m.MessageId,
        PlanMode = m.PlanMode,
        McpLoading = m.McpStatus?.Loading,
        McpConnected = m.McpStatus?.Connected,
        McpTotal = m.McpStatus?.Total,
        McpTools = m.McpStatus?.Tools,
        McpServers = m.McpStatus is null ? null : [.. m.McpStatus.Servers.Select(s => $"{s.Name}: {s.Status}")],
    };

    private Kimi.ToolResultEvent Result(Wire.ToolResultEvent m, DateTime now)
    {
        CallLog.Entry? call = _calls.End(m.ToolCallId, m.ReturnValue.IsError);
        return new Kimi.ToolResultEvent
        {
            SessionId = sessionId,
            Turn = turn,
            Sequence = Next(),
            TimeUtc = now,
            ToolCallId = m.ToolCallId,
            Tool = call?.Tool ?? "",
            IsError = m.ReturnValue.IsError,
            Output = EventText.Output(m.ReturnValue),
            Message = m.ReturnValue.Message,
            Brief = m.ReturnValue.Brief,
            Files = [.. m.ReturnValue.Display.OfType<DiffBlock>().Select(d => d.Path).Distinct(StringComparer.Ordinal)],
            Diff = EventText.Diff(m.ReturnValue.Display),
            Decision = call?.Decision,
            Duration = call?.Duration,
        };
    }

    private ApprovalRequestEvent Request(ApprovalRequest m, DateTime now)
    {
        _calls.Request(m.Id, m.ToolCallId, m.Sender);
        return new ApprovalRequestEvent
        {
            SessionId = sessionId,
            Turn = turn,
            Sequence = Next(),
            TimeUtc = now,
            RequestId = m.Id,
            ToolCallId = m.ToolCallId,
            Tool = m.Sender,
            Action = m.Action,
            Description = m.Description,
            Detail = EventText.Detail(m),
            SourceKind = m.SourceKind,
            AgentId = m.AgentId,
            SubagentType = m.SubagentType,
        };
    }

    private ApprovalResponseEvent Response(ApprovalResponse m, DateTime now)
    {
        (string callId, string tool, string? decision) = _calls.Answered(m.RequestId);
        return new ApprovalResponseEvent
        {
            SessionId = sessionId,
            Turn = turn,
            Sequence = Next(),
            TimeUtc = now,
            RequestId = m.RequestId,
            ToolCallId = callId,
            Tool = tool,
            Response = ApprovalResponse.NameOf(m.Response),
            Decision = decision ?? m.Response switch
            {
                ApprovalResponseKind.Approve => ApprovalDecision.Allowed, // an equal action was approved for the session
                ApprovalResponseKind.ApproveForSession => ApprovalDecision.Session,
                _ => ApprovalDecision.Denied,
            },
            Feedback = m.Feedback,
        };
    }

    private Kimi.NotificationEvent Notification(Wire.NotificationEvent m, DateTime now) => new()
    {
        SessionId = sessionId,
        Turn = turn,
        Sequence = Next(),
        TimeUtc = now,
        NotificationId = m.Id,
        Category = m.Category,
        Type = m.NotificationType,
        SourceKind = m.SourceKind,
        SourceId = m.SourceId,
        Title = m.Title,
        Body = m.Body,
        Severity = m.Severity,
        CreatedUtc = DateTime.UnixEpoch.AddSeconds(m.CreatedAt),
    };

    private Kimi.SubagentEvent? Subagent(Wire.SubagentEvent m, DateTime now)
    {
        // Its fragments are merged already.
        TurnEvent? inner = StreamEvents.PartOf(m.Event) is StreamPart part ? Whole(part) : Single(m.Event);
        return inner is null ? null : new Kimi.SubagentEvent
        {
            SessionId = sessionId,
            Turn = turn,
            Sequence = Next(),
            TimeUtc = now,
            ParentToolCallId = m.ParentToolCallId,
            AgentId = m.AgentId,
            SubagentType = m.SubagentType,
            EventKind = inner.Kind,
            Event = inner,
        };
    }
}
