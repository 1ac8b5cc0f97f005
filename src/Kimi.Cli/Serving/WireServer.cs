using System.Text.Json;
using Kimi.Cli.Logging;
using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>
/// <c>kimi --wire</c>: JSON-RPC lines on standard input and output. One thread reads and dispatches and never waits for a
/// handler; one task carries what the session says to the output; a turn or a replay is a task of its own.
/// </summary>
internal sealed class WireServer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly KimiSession _session;
    private readonly LogFile _log;
    private readonly InputLines _input;
    private readonly ServerOutput _output;
    private readonly OpenRequests _requests = new();
    private readonly EventPump _pump;
    private readonly ActiveJob _job = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WireServer(KimiSession session, Stream input, Stream output, LogFile log)
    {
        _session = session;
        _log = log;
        _input = new InputLines(input);
        _output = new ServerOutput(output) { Broken = () => _ended.TrySetResult() };
        _pump = new EventPump(session.Hub, _output, _requests);
    }

    /// <summary>Serves standard input and output until the client is gone or Ctrl+C comes.</summary>
    public static async Task<int> RunAsync(KimiSession session, LogFile log, TraceLines trace, CancellationToken interrupted)
    {
        using WireServer server = new(session, Console.OpenStandardInput(), Console.OpenStandardOutput(), log);
        trace.Target = line => server._output.SendLine(System.Text.Encoding.UTF8.GetBytes(line));
        await server.ServeAsync(interrupted).ConfigureAwait(false);
        return ExitCode.Success;
    }

    /// <summary>Serves until the client is gone or the token is cancelled.</summary>
    public async Task ServeAsync(CancellationToken interrupted)
    {
        Thread reader = new(Read) { IsBackground = true, Name = "wire input" };
        reader.Start();
        Task pumping = _pump.RunAsync();
        try
        {
            await _ended.Task.WaitAsync(interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _log.Write("Information", "Interrupted: the wire server ends.");
        }

        // From here on nothing more is said; what was said before still goes out to a client that reads.
        _pump.Stop();
        _output.Close(s_patience);

        // The turn is cancelled before its requests are settled: what is settled now must not become part of the conversation.
        await Task.WhenAny(_job.CancelAsync(), Task.Delay(s_patience, CancellationToken.None)).ConfigureAwait(false);
        _requests.Close();
        await _job.WaitAsync(s_patience).ConfigureAwait(false);
        await pumping.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pump.Dispose();
        _output.Dispose();
        _job.Dispose();
    }

    private void Read()
    {
        try
        {
            while (_input.TryRead(out ReadOnlyMemory<byte> line, out bool tooLong))
            {
                if (tooLong)
                {
                    _log.Write("Warning", "An input line was longer than allowed and was dropped.");
                    _output.Fail(null, RpcError.NotJson);
                }
                else
                {
                    Dispatch(line);
                }

                // A client that asks much faster than it reads waits here, not in our memory.
                _output.AnswerRoom.GetAwaiter().GetResult();
            }
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            _log.Write("Warning", $"Reading standard input: {broken.Message}");
        }

        _ended.TrySetResult();
    }

    private void Dispatch(ReadOnlyMemory<byte> line)
    {
        using ClientMessage? message = ClientMessage.Read(line, out RpcError? error);
        if (message is null)
        {
            _output.Fail(null, error!);
            return;
        }

        try
        {
            Dispatch(message);
        }
        catch (Exception failed)
        {
            // On this thread it would end the process, and with it the session.
            _log.Write("Error", $"A message of the client could not be handled: {failed}");
            if (message.Id is string id && message.Method is not null)
            {
                _output.Fail(id, RpcError.Internal(failed));
            }
        }
    }

    private void Dispatch(ClientMessage message)
    {
        if (message.Method is null)
        {
            if (message.IsAnswer && !_requests.Answer(message))
            {
                _log.Write("Warning", $"An answer to an unknown request was ignored: {message.Id}");
            }

            return;
        }

        // A call without an id has no effect, whatever it asks.
        if (message.Id is string id && Call(id, message.Method, message.Parameters) is RpcError refused)
        {
            _output.Fail(id, refused);
        }
    }

    private RpcError? Call(string id, string method, JsonElement parameters)
    {
        switch (method)
        {
            case "initialize":
                return InitializeParameters.Read(parameters) is ClientRegistration client ? Initialize(id, client) : RpcError.InvalidParameters(method);
            case "prompt":
                return ReadInput(parameters) is UserInput prompt ? Prompt(id, prompt) : RpcError.InvalidParameters(method);
            case "steer":
                return ReadInput(parameters) is UserInput steer ? Steer(id, steer) : RpcError.InvalidParameters(method);
            case "cancel":
                return Cancel(id);
            case "replay":
                return Replay(id);
            case "set_plan_mode":
                return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("enabled", out JsonElement enabled)
                    && InitializeParameters.ReadBool(enabled) is bool on ? SetPlanMode(id, on) : RpcError.InvalidParameters(method);
            default:
                return RpcError.UnexpectedMethod(method);
        }
    }

    private static UserInput? ReadInput(JsonElement parameters)
    {
        try
        {
            return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("user_input", out JsonElement input) ? UserInput.Read(input) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private RpcError? Initialize(string id, ClientRegistration client)
    {
        if (_job.IsActive)
        {
            return RpcError.InProgress;
        }

        InitializeReply reply = new(_session, _session.Register(client));
        _pump.AfterAllSaid(() =>
        {
            foreach (ApprovalRequest approval in _session.PendingApprovals)
            {
                _requests.Add(approval);
                _output.Send(approval);
            }

            _output.Reply(id, reply.Write);
        });
        return null;
    }

    private RpcError? Prompt(string id, UserInput input)
    {
        async Task<Action> RunAsync(CancellationToken cancellationToken)
        {
            TurnOutcome outcome = await _session.RunAsync(input, null, cancellationToken).ConfigureAwait(false);
            _requests.EndTurn();
            return () => _pump.AfterAllSaid(() => Answer(id, outcome));
        }

        return _job.TryStart(RunAsync) ? null : RpcError.InProgress;
    }

    private void Answer(string id, TurnOutcome outcome)
    {
        switch (outcome.Status)
        {
            case TurnStatus.Finished:
                _output.ReplyStatus(id, "finished");
                break;
            case TurnStatus.Cancelled:
                _output.ReplyStatus(id, "cancelled");
                break;
            case TurnStatus.MaxStepsReached:
                _output.Reply(id, writer =>
                {
                    writer.BeginObject();
                    writer.Member("status"u8, "max_steps_reached");
                    writer.Member("steps"u8, outcome.Steps);
                    writer.EndObject();
                });
                break;
            default:
                _output.Fail(id, ErrorOf(outcome.Error));
                break;
        }
    }

    private static RpcError ErrorOf(Exception? error) => error switch
    {
        LlmNotSetException => RpcError.LlmNotSet,
        LlmNotSupportedException => RpcError.LlmNotSupported(error.Message),
        ChatProviderException { IsSignInExpired: true } => RpcError.SignInAgain,
        ChatProviderException => RpcError.Provider(error.Message),
        _ => RpcError.Internal(error ?? new InvalidOperationException("The turn failed.")),
    };

    private RpcError? Steer(string id, UserInput input)
    {
        if (!_session.Steer(input))
        {
            return RpcError.NotInProgress;
        }

        _output.ReplyStatus(id, "steered");
        return null;
    }

    private RpcError? Cancel(string id)
    {
        if (!_job.IsActive)
        {
            return RpcError.NotInProgress;
        }

        // The answer comes first, then what the end of the turn brings.
        _output.Reply(id, static writer =>
        {
            writer.BeginObject();
            writer.EndObject();
        });
        _ = _job.CancelAsync();
        return null;
    }

    private RpcError? SetPlanMode(string id, bool enabled)
    {
        _ = SetAsync();
        return null;

        async Task SetAsync()
        {
            try
            {
                await _session.SetPlanModeAsync(enabled, CancellationToken.None).ConfigureAwait(false);
                _pump.AfterAllSaid(() => _output.Reply(id, writer =>
                {
                    writer.BeginObject();
                    writer.Member("status"u8, "ok");
                    writer.Member("plan_mode"u8, enabled);
                    writer.EndObject();
                }));
            }
            catch (Exception failed)
            {
                // Such as a full disk: the client must be told, and nobody awaits this task.
                _output.Fail(id, RpcError.Internal(failed));
            }
        }
    }

    private RpcError? Replay(string id)
    {
        async Task<Action> RunAsync(CancellationToken cancellationToken)
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            WireReplay replay = new(_output);
            string status = "finished";
            try
            {
                await replay.RunAsync(_session.WireLogPath, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                status = "cancelled";
            }
            catch (Exception failed)
            {
                _log.Write("Error", $"The replay failed: {failed}");
                return () => _output.Fail(id, RpcError.ReplayFailed);
            }

            return () => _output.Reply(id, writer =>
            {
                writer.BeginObject();
                writer.Member("status"u8, status);
                writer.Member("events"u8, replay.Events);
                writer.Member("requests"u8, replay.Requests);
                writer.EndObject();
            });
        }

        return _job.TryStart(RunAsync) ? null : RpcError.InProgress;
    }
}
