using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>A PowerShell command or script block that the model can call.</summary>
internal sealed class CommandTool(OpenSession session, ToolInfo info, CommandCall call) : Tool
{
    /// <inheritdoc/>
    public override ToolDefinition Definition { get; } = new(info.Name, info.Description, info.SchemaJson);

    /// <inheritdoc/>
    public override bool IsReadOnly => info.IsReadOnly;

    /// <inheritdoc/>
    public override bool AsksPermission => !IsReadOnly;

    /// <inheritdoc/>
    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (session.Turn is not RunningTurn turn)
        {
            return ToolReturnValue.Error("PowerShell commands can be run during a turn only.", "No turn");
        }

        CallArguments given = Arguments(arguments);
        bool dryRun = turn.Request.DryRun && call.SupportsWhatIf;
        if (dryRun) { given.Named["WhatIf"] = true; }
        else if (!IsReadOnly && await RefusedAsync(given.Named, context, cancellationToken).ConfigureAwait(false) is ToolReturnValue refusal) { return refusal; }

        CommandOutput output = info.IsIsolated
            ? await IsolatedRun.RunAsync(call, given, cancellationToken).ConfigureAwait(false)
            : await turn.Pump.AskAsync(cmdlet => call.Run(cmdlet, given)).ConfigureAwait(false);
        (string? text, PSObject[] objects) = await turn.Pump.AskAsync(cmdlet => (CommandOutput.Render(cmdlet, output), output.Objects)).ConfigureAwait(false);
        return Result(text, output, objects, dryRun);
    }

    private ToolReturnValue Result(string? text, CommandOutput output, PSObject[] objects, bool dryRun)
    {
        ToolResultBuilder builder = new();
        builder.Write(text ?? "The output is too long to be shown. Select less of it.");
        List<string> notes = [];
        if (dryRun) { notes.Add("This was a dry run with -WhatIf: nothing was changed."); }
        if (output.IsCut) { notes.Add($"The command was ended after {CommandOutput.MaxObjects} objects."); }
        if (objects.Length > 0 && objects.Any(o => o.BaseObject is not string)) { notes.Add($"The objects are kept as {session.Kept.Keep(objects)}."); }
        if (output.Failure is not null)
        {
            return ToolReturnValue.Error(string.Join(" ", [output.Failure, .. notes]), "Command failed", builder.Output);
        }

        string brief = output.Objects.Length == 1 ? "1 object" : $"{output.Objects.Length} objects";
        return builder.Ok(string.Join(" ", notes), brief);
    }

    private CallArguments Arguments(JsonElement arguments)
    {
        Hashtable given = new(StringComparer.OrdinalIgnoreCase);
        object[]? objects = null;
        if (arguments.ValueKind != JsonValueKind.Object) { throw new ToolArgumentException("The arguments must be an object."); }
        foreach (JsonProperty argument in arguments.EnumerateObject())
        {
            if (!call.Offers(argument.Name)) { throw new ToolArgumentException($"There is no parameter '{argument.Name}'."); }
            object? value = ObjectJson.Read(argument.Value);
            if (value is string { Length: > 2 } name && name[0] == '@' && session.Kept.Find(name) is PSObject[] kept)
            {
                if (call.IsFromPipeline(argument.Name))
                {
                    objects = kept;
                    continue;
                }

                value = kept;
            }

            if (value is not null) { given[argument.Name] = value; } // a model writes null for what it leaves out
        }

        return new CallArguments(given, objects);
    }

    private async Task<ToolReturnValue?> RefusedAsync(Hashtable given, ToolCallContext context, CancellationToken stop)
    {
        string line = call.Describe(given);
        ApprovalRequest request = new()
        {
            Id = Guid.NewGuid().ToString(),
            ToolCallId = context.Call.Id,
            Sender = Name,
            Action = $"run {Name}",
            Description = $"Run PowerShell command `{line}`",
            SourceKind = context.Source.Kind,
            SourceId = context.Source.Id,
            AgentId = context.Source.AgentId,
            SubagentType = context.Source.SubagentType,
            Display = [new ShellBlock("powershell", line)],
            Target = line,
            IsPreapproved = session.IsAlwaysAllowed(Name),
        };
        await context.Wire.SendAsync(request, stop).ConfigureAwait(false);
        ApprovalAnswer answer;
        try
        {
            answer = await request.Answer.WaitAsync(stop).ConfigureAwait(false);
        }
        finally
        {
            request.Abandon(turnEnded: true);
        }

        await context.Wire.SendAsync(new ApprovalResponse(request.Id, answer.Kind, answer.Feedback), stop).ConfigureAwait(false);
        if (answer.Kind == ApprovalResponseKind.ApproveForSession) { session.AllowAlways(Name); }
        return answer.Kind == ApprovalResponseKind.Reject ? ApprovalService.Rejected(answer.Feedback, context.Source.IsSubagent) : null;
    }
}
