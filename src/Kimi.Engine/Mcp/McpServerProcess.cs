using System.Collections;
using System.Text;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Mcp;

/// <summary>The process of a server: its streams, the end of what it wrote to standard error, and its end with everything it started.</summary>
internal sealed class McpServerProcess : IAsyncDisposable
{
    private const int TailLines = 10;
    private const int MaxLine = 4000;

    // A server that never stops writing must not fill the disk by way of the log.
    private const int MaxLoggedLines = 10_000;

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly IHostProcess _process;
    private readonly Queue<string> _tail = new();
    private readonly Task _errors;
    private int _logged;

    private McpServerProcess(IHostProcess process, Action<string> log)
    {
        _process = process;
        _errors = ReadErrorsAsync(log);
    }

    public Stream Input => _process.StandardInput!;

    public Stream Output => _process.StandardOutput;

    /// <summary>Starts the program of a server.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static async Task<McpServerProcess> StartAsync(
        McpServerConfig server, EnvironmentSource parent, string? workDirectory, Action<string> log, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string?>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = null;
        }

        foreach ((string name, string? value) in StdioEnvironment.Compose(parent, server.Environment))
        {
            environment[name] = value;
        }

        (string file, IReadOnlyList<string> arguments) = Command(server);
        IHostProcess process = await new LocalHost().StartAsync(
            new HostCommand
            {
                FileName = file,
                Arguments = arguments,
                WorkingDirectory = server.WorkingDirectory ?? workDirectory ?? Environment.CurrentDirectory,
                Environment = environment,
                KeepsInputOpen = true,
            },
            cancellationToken).ConfigureAwait(false);
        return new McpServerProcess(process, log);
    }

    /// <summary>Why the process has ended: its exit code and its last words. Null while it runs.</summary>
    public async Task<string?> EndReasonAsync(TimeSpan patience)
    {
        try
        {
            int code = await _process.WaitAsync(CancellationToken.None).WaitAsync(patience).ConfigureAwait(false);
            await Task.WhenAny(_errors, Task.Delay(patience)).ConfigureAwait(false);
            string tail;
            lock (_tail)
            {
                tail = string.Join(" / ", _tail);
            }

            string end = code < 0 ? $"the server process was ended by signal {-code}" : $"the server process exited with code {code}";
            return tail.Length == 0 ? end : $"{end}: {tail}";
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ends the input, gives the program a moment to end by itself, then ends it and what it has started.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Input.DisposeAsync().ConfigureAwait(false);
            await _process.WaitAsync(CancellationToken.None).WaitAsync(s_grace).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException)
        {
            // It does not want to.
        }

        await _process.KillTreeAsync().ConfigureAwait(false);
        await _process.DisposeAsync().ConfigureAwait(false);
    }

    private static (string File, IReadOnlyList<string> Arguments) Command(McpServerConfig server)
    {
        // Windows starts scripts such as npx through its command processor only.
        if (OperatingSystem.IsWindows() && LocalHost.FindProgram(server.Command)?.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) != true)
        {
            return ("cmd.exe", ["/d", "/c", server.Command, .. server.Arguments]);
        }

        return (server.Command, server.Arguments);
    }

    private async Task ReadErrorsAsync(Action<string> log)
    {
        try
        {
            using StreamReader reader = new(_process.StandardError, Encoding.UTF8);
            char[] buffer = new char[4096];
            var line = new StringBuilder();
            for (int count; (count = await reader.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
            {
                Split(buffer.AsSpan(0, count), line, log);
            }

            Note(line, log);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone.
        }
    }

    /// <summary>Lines of what was read; of a line without end only the beginning is kept.</summary>
    private void Split(ReadOnlySpan<char> text, StringBuilder line, Action<string> log)
    {
        while (true)
        {
            int end = text.IndexOf('\n');
            ReadOnlySpan<char> piece = end < 0 ? text : text[..end];
            line.Append(piece[..Math.Min(piece.Length, Math.Max(0, MaxLine - line.Length))]);
            if (end < 0)
            {
                return;
            }

            Note(line, log);
            text = text[(end + 1)..];
        }
    }

    private void Note(StringBuilder text, Action<string> log)
    {
        string line = text.ToString().TrimEnd('\r');
        text.Clear();
        if (line.Length == 0)
        {
            return;
        }

        lock (_tail)
        {
            _tail.Enqueue(McpText.OneLine(line, 200));
            while (_tail.Count > TailLines)
            {
                _tail.Dequeue();
            }
        }

        if (_logged < MaxLoggedLines)
        {
            log(line);
        }
        else if (_logged == MaxLoggedLines)
        {
            log("(what it writes further is not logged)");
        }

        _logged = Math.Min(_logged + 1, MaxLoggedLines + 1);
    }
}
