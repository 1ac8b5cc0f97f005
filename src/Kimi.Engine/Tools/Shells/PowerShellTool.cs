using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tools.Shells;

/// <summary>
/// <c>PowerShell</c>: runs a script in a PowerShell of its own. Windows PowerShell is never used. The script travels as
/// base64, so nothing on the way can change its quotes. A caller that is PowerShell itself can run it in its own process.
/// </summary>
internal sealed class PowerShellTool(ToolServices services) : Tool
{
    private const int DefaultSeconds = 60;
    private const int MaxSeconds = 300;

    /// <summary>What fits in a command line, with the frame around it.</summary>
    private static readonly int s_maxBytes = OperatingSystem.IsWindows() ? 20_000 : 80_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private static readonly byte[] s_schema = """
        {"properties":{"command":{"description":"The script.","type":"string"},"timeout":{"default":60,"description":"Seconds until the script is killed.","maximum":300,"minimum":1,"type":"integer"}},"required":["command"],"type":"object"}
        """u8.ToArray();

    public override bool AsksPermission => true;

    public override ToolDefinition Definition { get; } = new(
        "PowerShell",
        """
        Run a script in a fresh PowerShell 7 (`pwsh -NoProfile -NonInteractive`). Output, errors and warnings come in order; a failure's exit code is in the system note.

        - It starts in the working directory; nothing is kept between calls. No prompts: Read-Host and the like fail.
        - Objects are shown as PowerShell formats them; use Format-List, Select-Object or ConvertTo-Json to see more of them.
        """,
        s_schema);

    /// <summary>Whether there is a PowerShell to run scripts with.</summary>
    public static bool IsAvailable(ToolServices services) => services.Host is SshHost distant ? distant.HasPowerShell : services.RunPowerShell is not null || LocalHost.FindProgram("pwsh") is not null;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string command = read.Text("command");
        int seconds = read.Whole("timeout", DefaultSeconds, 1, MaxSeconds);
        read.Check();
        if (command.Length == 0)
        {
            return ToolReturnValue.Error("Command cannot be empty.", "Empty command");
        }

        if (services.RunPowerShell is null && Encoding.UTF8.GetByteCount(command) > s_maxBytes)
        {
            return ToolReturnValue.Error("The script is too long. Write it to a .ps1 file and run that.", "Script too long");
        }

        if (await services.Approvals.AskAsync(
            context, ApprovalActions.RunPowerShell, $"Run PowerShell script `{command}`", [new ShellBlock("powershell", command)], cancellationToken, command).ConfigureAwait(false) is { } rejected)
        {
            return rejected;
        }

        ToolResultBuilder builder = new();
        try
        {
            switch (await RunAsync(command, builder, TimeSpan.FromSeconds(seconds), cancellationToken).ConfigureAwait(false))
            {
                case null:
                    return builder.Error($"Command killed by timeout ({seconds}s)", $"Killed by timeout ({seconds}s)");
                case 0:
                    return builder.Ok("Command executed successfully.");
                case int code:
                    string number = code.ToString(CultureInfo.InvariantCulture);
                    string tail = builder.Tail();
                    return builder.Error($"Command failed with exit code: {number}.", $"Failed with exit code: {number}{(tail.Length > 0 ? "\n" : "")}{tail}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return builder.Error($"Command execution failed: {e.Message}", "Execution failed");
        }
    }

    private async Task<int?> RunAsync(string command, ToolResultBuilder builder, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (services is { RunPowerShell: { } run, Host: LocalHost })
        {
            return await RunHereAsync(run, command, builder, limit, cancellationToken).ConfigureAwait(false);
        }

        string script = Convert.ToBase64String(Encoding.UTF8.GetBytes(command));
        HostCommand start = new()
        {
            FileName = "pwsh",
            Arguments = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", Start + PowerShellFrame.Around($"[Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{script}'))")],
            WorkingDirectory = services.Workspace.WorkDirectory,
            Environment = new Dictionary<string, string?> { ["NO_COLOR"] = "1", ["POWERSHELL_TELEMETRY_OPTOUT"] = "1", ["POWERSHELL_UPDATECHECK"] = "Off" },
        };
        return await CommandRun.RunAsync(services.Host, start, builder, limit, services.Time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets the caller run the script; null when its time was over.</summary>
    private async Task<int?> RunHereAsync(
        Func<PowerShellScript, CancellationToken, Task<int>> run, string command, ToolResultBuilder builder, TimeSpan limit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Lock gate = new();
        bool isOver = false;
        Task<int> running = run(new PowerShellScript(command, services.Workspace.WorkDirectory, Write), stop.Token);
        try
        {
            return await running.WaitAsync(limit, services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(running, Task.Delay(s_patience, CancellationToken.None)).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            lock (gate)
            {
                isOver = true;
            }
        }

        // Code that cannot be stopped may go on to write when nobody reads any more.
        void Write(string line)
        {
            lock (gate)
            {
                if (!isOver)
                {
                    builder.Write(line + "\n");
                }
            }
        }
    }

    // The console of the child is nobody's, so its settings may be changed.
    private const string Start = """
        [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
        $OutputEncoding = [Text.UTF8Encoding]::new($false)
        if ($PSStyle) { $PSStyle.OutputRendering = 'PlainText' }

        """;
}
