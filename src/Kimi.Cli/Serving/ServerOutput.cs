using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>
/// Standard output of the wire server. Whole lines go into one buffer under one lock, a single writer empties it, so that
/// lines never mix. Whoever fills it faster than the client reads waits.
/// </summary>
internal sealed class ServerOutput : IDisposable
{
    private const int High = 1 << 18;

    /// <summary>Answers that may wait for a client which does not read before nothing more is taken from it.</summary>
    private const int HighAnswers = 1 << 22;

    private readonly Stream _stream;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _filled = new(0, 1);
    private readonly JsonWriter _writer = new();
    private readonly Thread _thread;
    private byte[] _buffer = new byte[1 << 14];
    private byte[] _spare = new byte[1 << 14];
    private int _length;
    private bool _writing;
    private bool _closed;
    private TaskCompletionSource _room = Settled();
    private TaskCompletionSource _answerRoom = Settled();
    private int _answers;

    public ServerOutput(Stream stream)
    {
        _stream = stream;
        _thread = new Thread(Run) { IsBackground = true, Name = "wire output" };
        _thread.Start();
    }

    /// <summary>Called once when nobody reads any more.</summary>
    public Action? Broken { get; set; }

    /// <summary>Completes when there is room again.</summary>
    public Task Room
    {
        get
        {
            lock (_gate)
            {
                return _room.Task;
            }
        }
    }

    /// <summary>
    /// Completes when there is room for answers: for much more than for events, so that a client which has stopped reading can
    /// still cancel and leave.
    /// </summary>
    public Task AnswerRoom
    {
        get
        {
            lock (_gate)
            {
                return _answerRoom.Task;
            }
        }
    }

    /// <summary>Writes an event or a request of the engine.</summary>
    public void Send(WireMessage message)
    {
        lock (_gate)
        {
            Begin();
            if (message is WireRequest request)
            {
                _writer.Member("method"u8, "request");
                _writer.Member("id"u8, request.Id);
            }
            else
            {
                _writer.Member("method"u8, "event");
            }

            _writer.Name("params"u8);
            message.WriteEnvelope(_writer);
            End();
        }
    }

    /// <summary>Writes a result.</summary>
    public void Reply(string id, Action<JsonWriter> result)
    {
        lock (_gate)
        {
            Begin();
            _writer.Member("id"u8, id);
            _writer.Name("result"u8);
            result(_writer);
            EndAnswer();
        }
    }

    /// <summary>Writes a result that is a status alone.</summary>
    public void ReplyStatus(string id, string status) => Reply(id, writer =>
    {
        writer.BeginObject();
        writer.Member("status"u8, status);
        writer.EndObject();
    });

    /// <summary>Writes an error.</summary>
    public void Fail(string? id, RpcError error)
    {
        lock (_gate)
        {
            Begin();
            _writer.Member("id"u8, id);
            _writer.Name("error"u8);
            _writer.BeginObject();
            _writer.Member("code"u8, error.Code);
            _writer.Member("message"u8, error.Message);
            _writer.Name("data"u8);
            _writer.Null();
            _writer.EndObject();
            EndAnswer();
        }
    }

    /// <summary>Writes a line that is JSON already, such as a recorded message.</summary>
    public void SendLine(ReadOnlySpan<byte> line)
    {
        lock (_gate)
        {
            Append(line);
        }
    }

    /// <summary>Drops what comes from now on; what was said before is still written, for as long as <paramref name="patience"/>.</summary>
    public void Close(TimeSpan patience)
    {
        lock (_gate)
        {
            _closed = true;
            OpenRoom(); // nobody needs room any more
        }

        Wake();
        _thread.Join(patience);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close(TimeSpan.Zero);
        if (!_thread.IsAlive)
        {
            _filled.Dispose();
        }
    }

    private static TaskCompletionSource Settled()
    {
        TaskCompletionSource settled = new();
        settled.SetResult();
        return settled;
    }

    private void Begin()
    {
        _writer.Clear();
        _writer.BeginObject();
        _writer.Member("jsonrpc"u8, "2.0");
    }

    private void End()
    {
        _writer.EndObject();
        Append(_writer.WrittenSpan);
    }

    private void EndAnswer()
    {
        End();
        _answers += _writer.Length;
        if (!_closed && _answers > HighAnswers && _answerRoom.Task.IsCompleted)
        {
            _answerRoom = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void OpenRoom()
    {
        _answers = 0;
        _room.TrySetResult();
        _answerRoom.TrySetResult();
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        if (_closed)
        {
            return;
        }

        if (_buffer.Length - _length <= line.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + line.Length + 1));
        }

        line.CopyTo(_buffer.AsSpan(_length));
        _length += line.Length;
        _buffer[_length++] = (byte)'\n';
        if (_length > High && _room.Task.IsCompleted)
        {
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        if (!_writing)
        {
            _writing = true;
            Wake();
        }
    }

    private void Wake()
    {
        try
        {
            _filled.Release();
        }
        catch (SemaphoreFullException)
        {
            // awake already
        }
    }

    private void Run()
    {
        while (true)
        {
            _filled.Wait();
            while (Next(out int length))
            {
                try
                {
                    _stream.Write(_spare, 0, length);
                    _stream.Flush();
                }
                catch (IOException)
                {
                    Break();
                    return;
                }
            }

            lock (_gate)
            {
                if (_closed && _length == 0)
                {
                    return;
                }
            }
        }
    }

    private bool Next(out int length)
    {
        lock (_gate)
        {
            length = _length;
            if (length == 0)
            {
                _writing = false;
                return false;
            }

            (_buffer, _spare) = (_spare.Length > 4 * High ? new byte[1 << 14] : _spare, _buffer);
            _length = 0;
            OpenRoom();
            return true;
        }
    }

    private void Break()
    {
        lock (_gate)
        {
            _closed = true;
            _length = 0;
            OpenRoom();
        }

        Broken?.Invoke();
    }
}
