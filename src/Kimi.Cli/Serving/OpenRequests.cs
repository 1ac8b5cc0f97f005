using System.Collections.Concurrent;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>The requests that the client has not answered yet.</summary>
internal sealed class OpenRequests
{
    private const string BackgroundAgent = "background_agent";

    private readonly ConcurrentDictionary<string, WireRequest> _open = new(StringComparer.Ordinal);

    /// <summary>Notes a request, before it is sent.</summary>
    public void Add(WireRequest request) => _open[request.Id] = request;

    /// <summary>Hands an answer of the client to its request; false when there is none of this id.</summary>
    public bool Answer(ClientMessage answer)
    {
        if (!_open.TryRemove(answer.Id!, out WireRequest? request))
        {
            return false;
        }

        switch (request)
        {
            case ApprovalRequest approval:
                approval.Respond(ReadApproval(answer));
                break;
            case ToolCallRequest call:
                call.Respond(ReadToolResult(answer));
                break;
            case QuestionRequest question:
                question.Respond(ReadAnswers(answer));
                break;
            case HookRequest hook:
                hook.Respond(ReadHook(answer));
                break;
        }

        return true;
    }

    /// <summary>Settles what a turn that has ended left open. Approvals of background agents stay.</summary>
    public void EndTurn()
    {
        foreach (WireRequest request in _open.Values)
        {
            if (request is not ApprovalRequest { SourceKind: BackgroundAgent } && _open.TryRemove(request.Id, out _))
            {
                request.Abandon(turnEnded: true);
            }
        }
    }

    /// <summary>Settles everything: the client is gone. Approvals of background agents are dropped.</summary>
    public void Close()
    {
        foreach (WireRequest request in _open.Values)
        {
            if (_open.TryRemove(request.Id, out _) && request is not ApprovalRequest { SourceKind: BackgroundAgent })
            {
                request.Abandon(turnEnded: false);
            }
        }
    }

    private static ApprovalAnswer ReadApproval(ClientMessage answer)
    {
        JsonElement result = answer.Result;
        return answer.ErrorText is not null || result.StringOrNull("request_id") is null
            ? new ApprovalAnswer(ApprovalResponseKind.Reject)
            : new ApprovalAnswer(ApprovalResponse.Parse(result.StringOrNull("response")), result.StringOrNull("feedback") ?? "");
    }

    private static ToolReturnValue ReadToolResult(ClientMessage answer)
    {
        if (answer.ErrorText is string text)
        {
            return ToolReturnValue.Error(text, "External tool error");
        }

        try
        {
            return answer.Result.StringOrNull("tool_call_id") is not null && answer.Result.TryMember("return_value", out JsonElement value)
                ? ToolResultJson.Read(value) : Invalid();
        }
        catch (FormatException)
        {
            return Invalid();
        }

        static ToolReturnValue Invalid() => ToolReturnValue.Error("Invalid tool result payload from client.", "Invalid tool result");
    }

    private static IReadOnlyDictionary<string, string> ReadAnswers(ClientMessage answer)
    {
        if (answer.ErrorText is not null || answer.Result.StringOrNull("request_id") is null
            || !answer.Result.TryMember("answers", out JsonElement answers) || answers.ValueKind != JsonValueKind.Object)
        {
            return QuestionRequest.Dismissed;
        }

        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (JsonProperty member in answers.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String)
            {
                return QuestionRequest.Dismissed;
            }

            read[member.Name] = member.Value.ReadString();
        }

        return read;
    }

    private static HookAnswer ReadHook(ClientMessage answer)
    {
        JsonElement result = answer.Result;
        return answer.ErrorText is null && result.StringOrNull("request_id") is not null && result.StringOrNull("action") == "block"
            ? new HookAnswer(true, result.StringOrNull("reason") ?? "")
            : new HookAnswer(false);
    }
}
