using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Interactive;

/// <summary>Shows a turn at the terminal: text as it streams, one line for each tool call and its result.</summary>
internal sealed class TurnRenderer(TextWriter output, bool styled)
{
    private const int LongestLine = 100;

    private readonly StringBuilder _arguments = new();
    private readonly MarkdownStyler? _markdown = styled ? new MarkdownStyler(output) : null;
    private string? _call;
    private bool _inText;
    private bool _inThinking;

    /// <summary>Shows a message.</summary>
    public void Show(WireMessage message)
    {
        if (message is ToolCallPartEvent part)
        {
            _arguments.Append(part.Part.ArgumentsPart);
            return;
        }

        EndCall();
        switch (message)
        {
            case ContentEvent { Part: TextPart text }:
                Stream(text.Text, thinking: false);
                return;
            case ContentEvent { Part: ThinkPart think }:
                Stream(think.Think, thinking: true);
                return;
        }

        EndText();
        switch (message)
        {
            case ToolCallEvent call:
                _call = call.Call.Name;
                _arguments.Append(call.Call.Arguments);
                break;
            case ToolResultEvent result:
                Line($"  {(result.ReturnValue.IsError ? "failed: " : "")}{Summary(result.ReturnValue)}", faint: true);
                break;
            case StepRetry retry:
                Line($"  {retry.ErrorType}: trying again ({retry.NextAttempt} of {retry.MaxAttempts})", faint: true);
                break;
            case SubagentEvent { Event: ToolCallEvent nested }:
                Line($"    * {nested.Call.Name} {Short(nested.Call.Arguments ?? "")}", faint: true);
                break;
            case NotificationEvent notification:
                Line($"  [{notification.NotificationType}] {notification.Title}", faint: true);
                break;
            case PlanDisplay plan:
                Line(plan.Content, faint: false);
                break;
            case CompactionBegin:
                Line("  compacting the context", faint: true);
                break;
            case StatusUpdate { McpStatus: { } status } when status.Connected < status.Total:
                Line(McpStatusText.Progress(status), faint: true);
                break;
            case McpLoadingBegin:
                Line("Connecting to MCP servers...", faint: true);
                break;
        }
    }

    /// <summary>Shows a line that belongs to no turn.</summary>
    public void Notice(string text) => Line(text, faint: true);

    /// <summary>Ends the line that streams.</summary>
    public void End()
    {
        EndCall();
        EndText();
        output.Flush();
    }

    private void Stream(string text, bool thinking)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (_inText && thinking != _inThinking)
        {
            EndText();
        }

        if (styled && thinking && !_inText)
        {
            output.Write("\u001b[2m");
        }

        _inText = true;
        _inThinking = thinking;
        string visible = TerminalText.Visible(text);
        if (thinking || _markdown is null)
        {
            output.Write(visible);
        }
        else
        {
            _markdown.Write(visible);
        }

        output.Flush();
    }

    private void EndText()
    {
        if (_inText)
        {
            _markdown?.End();
            output.WriteLine(styled && _inThinking ? "\u001b[0m" : "");
            _inText = false;
        }
    }

    private void EndCall()
    {
        if (_call is null)
        {
            return;
        }

        EndText();
        Line($"* {_call} {Short(_arguments.ToString())}", faint: false);
        _call = null;
        _arguments.Clear();
    }

    private void Line(string text, bool faint)
    {
        string visible = TerminalText.Visible(text);
        output.WriteLine(styled && faint ? $"\u001b[2m{visible}\u001b[0m" : visible);
        output.Flush();
    }

    private static string Summary(ToolReturnValue value)
    {
        string text = value.Brief.Length > 0 ? value.Brief : value.Message.Length > 0 ? value.Message : value.OutputText ?? "";
        return Short(text);
    }

    private static string Short(string text)
    {
        string line = text.Trim().ReplaceLineEndings(" ");
        return line.Length <= LongestLine ? line : $"{line.AsSpan(0, LongestLine)}…";
    }
}
