using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Kimi.Cli.Tests.Harness;

/// <summary>What a process left behind.</summary>
internal sealed record KimiResult(int ExitCode, string Output, string Error)
{
    /// <summary>Lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A running executable, read line by line.</summary>
internal sealed class KimiProcess : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _seen = [];
    private readonly Task _reading;
    private readonly Task<string> _error;

    public KimiProcess(Process process, bool reads = true)
    {
        _process = process;
        _reading = reads ? Task.Run(ReadAsync) : Task.CompletedTask;
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The process's id.</summary>
    public int Id => _process.Id;

    /// <summary>All lines read so far.</summary>
    public IReadOnlyList<string> Seen => _seen;

    /// <summary>Peak working set in bytes; 0 when unknown.</summary>
    public long PeakMemory
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.PeakWorkingSet64;
        }
    }

    /// <summary>Sends a line.</summary>
    public Task SendLineAsync(string line) => SendAsync(line + "\n");

    /// <summary>Sends text.</summary>
    public async Task SendAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text.AsMemory(), TestContext.Current.CancellationToken);
            await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // the process has ended, or does not read
        }
    }

    /// <summary>Sends bytes.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await _process.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Ends standard input.</summary>
    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // gone already
        }
    }

    /// <summary>Waits for the next line; null at the end.</summary>
    public async Task<string?> ReadLineAsync()
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(s_patience);
        try
        {
            string line = await _lines.Reader.ReadAsync(timeout.Token);
            _seen.Add(line);
            return line;
        }
        catch (ChannelClosedException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No line came. So far:\n{string.Join('\n', _seen)}");
        }
    }

    /// <summary>Reads on until a line that satisfies the condition.</summary>
    public async Task<string> ReadUntilAsync(Func<string, bool> condition)
    {
        while (await ReadLineAsync() is string line)
        {
            if (condition(line))
            {
                return line;
            }
        }

        throw new InvalidOperationException($"The process ended ({await _error}). So far:\n{string.Join('\n', _seen)}");
    }

    /// <summary>Waits for the end.</summary>
    public async Task<KimiResult> EndAsync()
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(s_patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await _reading;
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The process did not end. Output:\n{string.Join('\n', _seen)}");
        }

        while (_lines.Reader.TryRead(out string? line))
        {
            _seen.Add(line);
        }

        return new KimiResult(_process.ExitCode, string.Concat(_seen.Select(static line => line + "\n")), await _error);
    }

    /// <summary>Sends the signal of Ctrl+C.</summary>
    public void Interrupt()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("a test cannot send Ctrl+C to one process on Windows");
        }

        Assert.Equal(0, SendSignal(_process.Id, 2));
    }

    /// <summary>Sends the signal that asks a process to end.</summary>
    public void Terminate()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there is no such signal on Windows");
        }

        Assert.Equal(0, SendSignal(_process.Id, 15));
    }

    /// <summary>Kills at once.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is string line)
        {
            _lines.Writer.TryWrite(line);
        }

        _lines.Writer.Complete();
    }
}
