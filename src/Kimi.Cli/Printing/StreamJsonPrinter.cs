using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>One JSON object a line: assistant messages, tool messages, notifications, plans.</summary>
internal sealed class StreamJsonPrinter(OutputStream output) : IMessagePrinter
{
    private readonly JsonWriter _writer = new();
    private readonly List<NotificationEvent> _held = [];
    private readonly AssistantBuffer _assistant = new();
    private bool _stopped;

    /// <inheritdoc/>
    public void Begin(string prompt) => _stopped = false;

    /// <inheritdoc/>
    public void Print(WireMessage message)
    {
        if (_stopped)
        {
            return;
        }

        switch (message)
        {
            case ContentEvent content:
                _assistant.Add(content.Part);
                break;
            case ToolCallEvent call:
                _assistant.Add(call.Call);
                break;
            case StepBegin:
                Flush();
                break;
            case StepInterrupted:
                Flush();
                _stopped = true;
                break;
            case StepRetry:
                _assistant.Clear();
                Flush();
                break;
            case ToolResultEvent result:
                Flush();
                output.WriteLine(ToolResultJson.ToMessage(result.ToolCallId, result.ReturnValue).Line.Span);
                break;
            case PlanDisplay plan:
                Flush();
                WriteLine(plan);
                break;
            case NotificationEvent notification when _assistant.IsEmpty:
                WriteLine(notification);
                break;
            case NotificationEvent notification:
                _held.Add(notification);
                break;
        }
    }

    /// <inheritdoc/>
    public void End() => Flush();

    private void Flush()
    {
        if (!_assistant.IsEmpty)
        {
            output.WriteLine(_assistant.ToMessage().Line.Span);
            _assistant.Clear();
        }

        foreach (NotificationEvent notification in _held)
        {
            WriteLine(notification);
        }

        _held.Clear();
    }

    private void WriteLine(WireEvent message)
    {
        _writer.Clear();
        message.WritePayload(_writer);
        output.WriteLine(_writer.WrittenSpan);
    }
}
