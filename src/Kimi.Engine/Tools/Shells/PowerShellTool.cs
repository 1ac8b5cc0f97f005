using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tools.Shells;

/// <summary>
/// <c>PowerShell</c>: runs a script in a PowerShell of its own. Windows PowerShell is never used. The script travels as
/// base64, so nothing on the way can change its quotes.
/// </summary>
internal sealed class PowerShellTool(ToolServices services) : Tool
{
    private const int DefaultSeconds = 60;
    private const int MaxSeconds = 300;

    /// <summary>What fits in a command line, with the frame around it.</summary>
    private static readonly int s_maxBytes = OperatingSystem.IsWindows() ? 20_000 : 80_000;

    private static readonly byte[] s_schema = """
        {"properties":{"command":{"description":"The script.","type":"string"},"timeout":{"default":60,"description":"Seconds until the script is killed.","maximum":300,"minimum":1,"type":"integer"}},"required":["command"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "PowerShell",
        """
        Run a script in a fresh PowerShell 7 (`pwsh -NoProfile -NonInteractive`). Output, errors and warnings come in order; a failure's exit code is in the system note.

        - It starts in the working directory; nothing is kept between calls. No prompts: Read-Host and the like fail.
        - Objects are shown as PowerShell formats them; use Format-List, Select-Object or ConvertTo-Json to see more of them.
        """,
        s_schema);

    /// <summary>Whether there is a PowerShell to run scripts with.</summary>
    public static bool IsAvailable(ToolServices services) => services.Host is SshHost distant ? distant.HasPowerShell : LocalHost.FindProgram("pwsh") is not null;

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

        byte[] script = Encoding.UTF8.GetBytes(command);
        if (script.Length > s_maxBytes)
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
            HostCommand start = new()
            {
                FileName = "pwsh",
                Arguments = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", Frame.Replace("{script}", Convert.ToBase64String(script), StringComparison.Ordinal)],
                WorkingDirectory = services.Workspace.WorkDirectory,
                Environment = new Dictionary<string, string?> { ["NO_COLOR"] = "1", ["POWERSHELL_TELEMETRY_OPTOUT"] = "1", ["POWERSHELL_UPDATECHECK"] = "Off" },
            };
            switch (await CommandRun.RunAsync(services.Host, start, builder, TimeSpan.FromSeconds(seconds), services.Time, cancellationToken).ConfigureAwait(false))
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

    // All streams become one, in order, as plain text; errors in one line each, because their place would be in this frame.
    private const string Frame = """
        $ProgressPreference = 'SilentlyContinue'
        [Console]::OutputEncoding = [Text.UTF8Encoding]::new($false)
        $OutputEncoding = [Text.UTF8Encoding]::new($false)
        if ($PSStyle) { $PSStyle.OutputRendering = 'PlainText' }
        $global:LASTEXITCODE = 0
        function global:__KimiText { process {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                if ($_.FullyQualifiedErrorId -like 'NativeCommandError*') { $_.Exception.Message }
                else {
                    $__kimiName = if ($_.InvocationInfo -and $_.InvocationInfo.MyCommand -and $_.InvocationInfo.MyCommand.Name) { $_.InvocationInfo.MyCommand.Name } else { 'Error' }
                    '{0}: {1}' -f $__kimiName, $_
                }
            }
            elseif ($_ -is [System.Management.Automation.WarningRecord]) { 'WARNING: {0}' -f $_.Message }
            elseif ($_ -is [System.Management.Automation.VerboseRecord]) { 'VERBOSE: {0}' -f $_.Message }
            elseif ($_ -is [System.Management.Automation.DebugRecord]) { 'DEBUG: {0}' -f $_.Message }
            else { $_ }
        } }
        try { & { . ([scriptblock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{script}')))) } *>&1 | __KimiText | Out-String -Stream -Width 200 }
        catch {
            $__kimiError = if ($_.Exception.InnerException -is [System.Management.Automation.ParseException]) { $_.Exception.InnerException.Message } else { "$_" }
            'Error: {0}' -f $__kimiError
            if ($global:LASTEXITCODE) { exit $global:LASTEXITCODE } else { exit 1 }
        }
        exit $global:LASTEXITCODE
        """;
}
