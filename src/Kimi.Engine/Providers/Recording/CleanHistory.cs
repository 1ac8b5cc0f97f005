using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Recording;

/// <summary>
/// The lines of a conversation without secrets, from one request to the next: a message that the request before held as well
/// is not read again.
/// </summary>
internal sealed class CleanHistory(SecretFilter secrets)
{
    private readonly Lock _gate = new();
    private (Message Message, string Line)[] _last = [];

    public string[] Read(IReadOnlyList<Message> history)
    {
        lock (_gate)
        {
            (Message Message, string Line)[] now = new (Message, string)[history.Count];
            for (int i = 0; i < now.Length; i++)
            {
                Message message = history[i];
                now[i] = i < _last.Length && ReferenceEquals(_last[i].Message, message)
                    ? _last[i]
                    : (message, secrets.Clean(Encoding.UTF8.GetString(message.Line.Span)));
            }

            _last = now;
            return Array.ConvertAll(now, static entry => entry.Line);
        }
    }
}
