using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Http;

/// <summary>
/// Orders the pieces of tool calls so that the merge rules put them together: argument pieces follow their own call. Well-formed
/// streams pass through piece by piece. When pieces of two calls interleave, or text comes between the pieces of a call,
/// what does not belong to the open call waits until that call's arguments are a complete JSON text, or the stream ends.
/// </summary>
internal sealed class ToolCallAssembly
{
    private readonly List<Call> _calls = [];
    private readonly Queue<object> _waiting = new(); // ContentPart or Call
    private Call? _open;

    /// <summary>Takes content.</summary>
    public void Add(ContentPart part, List<StreamPart> parts)
    {
        if (_open is null || _open.IsComplete)
        {
            _open = null;
            parts.Add(part);
        }
        else
        {
            _waiting.Enqueue(part);
        }
    }

    /// <summary>Takes a piece of a call.</summary>
    /// <param name="index">Position of the call in the message; null when the server sends none.</param>
    /// <param name="id">Id of the call; null or empty when the piece has none.</param>
    /// <param name="name">Name of the tool; null or empty when the piece has none.</param>
    /// <param name="arguments">Piece of the arguments; null when there is none.</param>
    /// <param name="parts">Takes what can be passed on.</param>
    public void Add(int? index, string? id, string? name, string? arguments, List<StreamPart> parts)
    {
        Call? call = Find(index, id, name);
        if (call is null)
        {
            if (string.IsNullOrEmpty(name) && string.IsNullOrEmpty(id))
            {
                if (!string.IsNullOrEmpty(arguments))
                {
                    parts.Add(new ToolCallPart(arguments)); // of no call: shown, but part of no message
                }

                return;
            }

            call = new Call { Index = index };
            _calls.Add(call);
        }

        if (!string.IsNullOrEmpty(id))
        {
            call.Id ??= id;
        }

        if (call.Name is not null)
        {
            if (!string.IsNullOrEmpty(arguments))
            {
                Append(call, arguments, parts);
            }

            return;
        }

        if (string.IsNullOrEmpty(name))
        {
            call.Early += arguments;
            return;
        }

        call.Name = name;
        call.First = call.Early is null ? arguments : call.Early + arguments;
        call.Arguments.Take(call.First);
        call.StartedComplete = call.IsComplete;
        if (_open is null || _open.IsComplete)
        {
            Open(call, parts);
        }
        else
        {
            _waiting.Enqueue(call);
        }
    }

    /// <summary>Takes a piece of the arguments of the call of an index; an empty one is passed on too.</summary>
    public void AddPiece(int index, string arguments, List<StreamPart> parts)
    {
        for (int i = _calls.Count - 1; i >= 0; i--)
        {
            if (_calls[i].Index == index)
            {
                Append(_calls[i], arguments, parts);
                return;
            }
        }
    }

    /// <summary>Ends a call whose end the server tells: what waited for it is passed on.</summary>
    public void Close(int index, List<StreamPart> parts)
    {
        foreach (Call call in _calls)
        {
            if (call.Index == index)
            {
                call.IsClosed = true;
            }
        }

        ReleaseAll(parts);
    }

    /// <summary>Whether the call of an index had all of its arguments when it was begun.</summary>
    public bool StartedComplete(int index)
    {
        foreach (Call call in _calls)
        {
            if (call.Index == index)
            {
                return call.StartedComplete;
            }
        }

        return false;
    }

    /// <summary>Whether a call of an index was begun.</summary>
    public bool Knows(int index)
    {
        foreach (Call call in _calls)
        {
            if (call.Index == index)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the stream: what waits is passed on.</summary>
    public void Complete(List<StreamPart> parts)
    {
        _open = null;
        while (_waiting.Count > 0)
        {
            Release(parts);
            _open = null;
        }
    }

    private Call? Find(int? index, string? id, string? name)
    {
        for (int i = _calls.Count - 1; i >= 0; i--)
        {
            Call call = _calls[i];
            bool sameIndex = index is null || call.Index is null || index == call.Index;
            if (!sameIndex)
            {
                continue;
            }

            if (!string.IsNullOrEmpty(id) && call.Id is not null && id != call.Id)
            {
                if (index is not null && call.Index is not null)
                {
                    return null; // a server that numbers every call 0
                }

                continue;
            }

            // A name without an id: the call's own name repeated, or a new call once this one is complete.
            bool anotherCall = !string.IsNullOrEmpty(name) && string.IsNullOrEmpty(id) && call.Name is not null && (call.IsComplete || name != call.Name);
            return anotherCall ? null : call;
        }

        return null;
    }

    private void Append(Call call, string arguments, List<StreamPart> parts)
    {
        if (ReferenceEquals(call, _open))
        {
            call.Arguments.Take(arguments);
            parts.Add(new ToolCallPart(arguments));
            if (call.IsComplete)
            {
                ReleaseAll(parts);
            }
        }
        else if (!call.IsOpened)
        {
            call.Arguments.Take(arguments);
            call.Pieces.Add(arguments);
        }
    }

    private void Open(Call call, List<StreamPart> parts)
    {
        call.IsOpened = true;
        call.Id ??= Guid.NewGuid().ToString();
        parts.Add(new ToolCall(call.Id, call.Name!, call.First));
        foreach (string piece in call.Pieces)
        {
            parts.Add(new ToolCallPart(piece));
        }

        _open = call;
    }

    private void ReleaseAll(List<StreamPart> parts)
    {
        while (_waiting.Count > 0 && (_open is null || _open.IsComplete))
        {
            Release(parts);
        }
    }

    private void Release(List<StreamPart> parts)
    {
        switch (_waiting.Dequeue())
        {
            case Call call:
                Open(call, parts);
                break;
            case ContentPart part:
                _open = null;
                parts.Add(part);
                break;
        }
    }

    private sealed class Call
    {
        public int? Index { get; init; }

        public string? Id { get; set; }

        public string? Name { get; set; }

        public string? Early { get; set; }

        public string? First { get; set; }

        public List<string> Pieces { get; } = [];

        public ArgumentScanner Arguments { get; } = new();

        public bool IsOpened { get; set; }

        public bool IsClosed { get; set; }

        public bool StartedComplete { get; set; }

        public bool IsComplete => IsClosed || Arguments.IsComplete;
    }
}
