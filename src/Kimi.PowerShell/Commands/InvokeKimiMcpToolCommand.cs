using System.Collections;
using System.Diagnostics;
using System.Management.Automation;
using System.Text.Json;
using Kimi.Engine.Mcp;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Runs a tool of an MCP server.</summary>
[Cmdlet(VerbsLifecycle.Invoke, Nouns.McpTool, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(string), typeof(PSObject), typeof(McpMedia), typeof(McpToolResult))]
public sealed class InvokeKimiMcpToolCommand : McpCommand
{
    /// <summary>Deeper arguments are no arguments of a tool but an object that was not meant.</summary>
    private const int MaxDepth = 30;

    private const int ShownArguments = 2000;

    private IReadOnlyList<McpServerConfig> _configured = [];
    private bool _yesToAll;
    private bool _noToAll;

    /// <summary>The tool: its full name, or its own name where that is clear.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(McpToolCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The arguments: a hashtable, an object, or the text of a JSON object.</summary>
    [Parameter(Position = 1)]
    [AllowNull]
    [ArgumentCompleter(typeof(McpArgumentCompleter))]
    public object? Arguments { get; set; }

    /// <summary>The server, where several have a tool of that name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string? Server { get; set; }

    /// <summary>The most seconds the call may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    /// <summary>Returns the whole answer as one object.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Runs tools that may destroy something without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _configured = Configured();

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string json = ArgumentsJson();
        if (Find() is not (McpToolSet tools, McpTool tool) || !IsConfirmed(tool, json)) { return; }
        TimeSpan? timeout = TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null;
        long start = Stopwatch.GetTimestamp();
        McpToolResult result;
        try
        {
            using JsonDocument arguments = JsonDocument.Parse(json);
            McpCallResult answer = AwaitLogged(stop => tools.InvokeAsync(tool, arguments.RootElement, timeout, stop));
            result = McpObjects.Result(tool, answer, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception e) when (e is ToolArgumentException or McpCallException)
        {
            WriteError(e switch
            {
                ToolArgumentException => Errors.McpArgumentInvalid(e, tool.FullName),
                McpCallException { Reason: McpCallFailure.Server } => Errors.McpServerUnavailable(tool.Server, e.Message, e),
                McpCallException { Reason: McpCallFailure.Timeout } => Errors.Timeout(e, tool.FullName),
                _ => Errors.McpCallFailed(e, tool.FullName),
            });
            return;
        }

        Emit(result);
    }

    private void Emit(McpToolResult result)
    {
        if (Raw) { WriteObject(result); }
        if (result.IsError) { WriteError(Errors.McpToolFailed(result)); }
        if (Raw || result.IsError) { return; }
        object? value = result.StructuredContent ?? McpObjects.Parse(result.Text);
        if (value is not null) { WriteObject(value, enumerateCollection: value is object[]); }
        else if (result.Text.Length > 0) { WriteObject(result.Text); }
        WriteObject(result.Media, enumerateCollection: true);
    }

    private string ArgumentsJson()
    {
        object? given = Arguments is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : Arguments;
        switch (given)
        {
            case null:
                return "{}";
            case string text:
                try
                {
                    using JsonDocument document = JsonDocument.Parse(text);
                    if (document.RootElement.ValueKind == JsonValueKind.Object) { return text; }
                }
                catch (JsonException e)
                {
                    ThrowTerminatingError(Errors.McpArgumentInvalid(new FormatException($"no valid JSON: {JsonFault.Describe(e)}", e), Name));
                }

                break;
            case IDictionary or PSObject:
                return ObjectJson.Write(given, MaxDepth);
        }

        ThrowTerminatingError(Errors.McpArgumentInvalid(new FormatException("expected a hashtable, an object or the text of a JSON object"), Name));
        throw new InvalidOperationException(); // not reached
    }

    /// <summary>Connects as few servers as needed to know which tool is meant.</summary>
    private (McpToolSet Tools, McpTool Tool)? Find()
    {
        IReadOnlyList<McpServerConfig> wanted = _configured;
        if (Server is not null)
        {
            wanted = [.. _configured.Where(s => s.Name.Equals(Server, StringComparison.OrdinalIgnoreCase))];
            if (wanted.Count == 0)
            {
                WriteError(Errors.McpServerNotFound(Server));
                return null;
            }
        }

        IReadOnlyList<McpServerConfig> named = [.. wanted.Where(IsNamed)];
        McpToolSet tools = Connect(named.Count > 0 ? named : wanted, null);
        try
        {
            return (tools, tools.Resolve(Name));
        }
        catch (McpToolNotFoundException e)
        {
            // A server that is not there may be the one that has it: then that is the error.
            ErrorRecord[] problems = e.IsAmbiguous ? [] : [.. tools.Servers.Select(Problem).OfType<ErrorRecord>()];
            foreach (ErrorRecord problem in problems) { WriteError(problem); }
            if (problems.Length == 0 || named.Count == 0)
            {
                WriteError(e.IsAmbiguous ? Errors.McpToolAmbiguous(e, Name) : Errors.McpToolNotFound(e, Name));
            }

            return null;
        }
    }

    private bool IsNamed(McpServerConfig server)
    {
        ReadOnlySpan<char> name = Name.AsSpan().Trim();
        if (name.StartsWith("mcp__", StringComparison.OrdinalIgnoreCase)) { name = name[5..]; }
        return name.Length > server.Name.Length && name.StartsWith(server.Name, StringComparison.OrdinalIgnoreCase)
            && name[server.Name.Length] is '_' or '.' or '/';
    }

    private bool IsConfirmed(McpTool tool, string json)
    {
        string target = $"{tool.Server}/{tool.Name}";
        bool isDestructive = McpObjects.IsDestructive(tool) && !Force;
        if (Prompts && !Approval.CanAsk(this))
        {
            WriteError(Errors.McpToolDenied(tool.FullName, target));
            return false;
        }

        try
        {
            if (!ShouldProcess(target, "Invoke MCP tool")) { return false; }
            if (!isDestructive) { return true; }
            if (!Approval.CanAsk(this))
            {
                WriteError(Errors.McpToolDenied(tool.FullName, target));
                return false;
            }

            string shown = json.Length > ShownArguments ? json[..ShownArguments] + "…" : json;
            return ShouldContinue($"The server says that '{target}' may destroy something. Run it with {shown}?", $"Run tool '{tool.FullName}'?", ref _yesToAll, ref _noToAll);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OperationCanceledException or ActionPreferenceStopException))
        {
            WriteError(Errors.McpToolDenied(tool.FullName, target, e)); // -NonInteractive, jobs, hosts without UI: each throws its own
            return false;
        }
    }
}
