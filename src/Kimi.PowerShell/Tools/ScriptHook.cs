using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text.Json;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>A script block as a hook. It runs on the pipeline thread of the turn; between turns nobody can run it.</summary>
internal sealed class ScriptHook(OpenSession session, ScriptBlock block)
{
    private const string Script = "param($__hook, $__event) $__event | Microsoft.PowerShell.Core\\ForEach-Object { & $__hook $_ }";

    public async Task<HookAnswer> AnswerAsync(JsonElement payload, CancellationToken stop)
    {
        if (session.Turn is not RunningTurn turn) { return new HookAnswer(false); }
        object? input = ObjectJson.Read(payload);
        return await turn.Pump.AskAsync(cmdlet => Run(cmdlet, input)).WaitAsync(stop).ConfigureAwait(false);
    }

    private HookAnswer Run(PSCmdlet cmdlet, object? input)
    {
        try
        {
            Collection<PSObject> output = cmdlet.SessionState.InvokeCommand.InvokeScript(
                useLocalScope: true, ScriptBlock.Create(Script), null, block, input);
            return output.Select(Decision).FirstOrDefault(d => d is not null) ?? new HookAnswer(false);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return new HookAnswer(true, e.ErrorRecord.ToString()); // a guard that fails must not open the gate
        }
        catch (Exception e) when (Unwinding.Describe(e) is not null)
        {
            return new HookAnswer(true, $"The hook {Unwinding.Describe(e)}");
        }
    }

    private static HookAnswer? Decision(PSObject? item)
    {
        if (item?.BaseObject is bool allowed) { return allowed ? null : new HookAnswer(true); }
        if (Member(item, "hookSpecificOutput") is object inner) { item = PSObject.AsPSObject(inner); }
        return Member(item, "permissionDecision") is object decision && LanguagePrimitives.ConvertTo<string>(decision) == "deny"
            ? new HookAnswer(true, Member(item, "permissionDecisionReason") is object reason ? LanguagePrimitives.ConvertTo<string>(reason) : "")
            : null;
    }

    private static object? Member(PSObject? item, string name) =>
        item?.BaseObject is IDictionary members ? members[name] : item?.Properties[name]?.Value;
}
