using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using Kimi.PowerShell.Hosting;
using Kimi.PowerShell.Tools;

namespace Kimi.PowerShell.Commands;

/// <summary>Offers PowerShell commands or a script block to the model of a session.</summary>
[Cmdlet(VerbsLifecycle.Register, Nouns.Tool, DefaultParameterSetName = CommandSet)]
[OutputType(typeof(ToolInfo))]
public sealed partial class RegisterKimiToolCommand : SessionTargetCommand
{
    private const string CommandSet = "Command";
    private const string ScriptSet = "ScriptBlock";
    private const string ModuleSet = "Module";

    /// <summary>The commands to offer.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CommandSet)]
    [ValidateNotNullOrEmpty]
    public string[] Command { get; set; } = [];

    /// <summary>The script block to offer; its param block says what the model may give.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ScriptSet)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>Modules all of whose commands are offered.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ModuleSet)]
    [ValidateNotNullOrEmpty]
    public string[] Module { get; set; } = [];

    /// <summary>The name the model calls the tool by; that of the command if not given.</summary>
    [Parameter(ParameterSetName = CommandSet)]
    [Parameter(Mandatory = true, ParameterSetName = ScriptSet)]
    [ValidatePattern("^[A-Za-z0-9_-]{1,64}$")]
    public string? Name { get; set; }

    /// <summary>What the model is told about the tool.</summary>
    [Parameter(ParameterSetName = CommandSet)]
    [Parameter(ParameterSetName = ScriptSet)]
    [ValidateNotNullOrEmpty]
    public string? Description { get; set; }

    /// <summary>Arguments that are always given, and that the model does not see.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? Bound { get; set; }

    /// <summary>Runs without asking: the command only looks.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Runs in a runspace of its own, not in the one of the turn.</summary>
    [Parameter]
    public SwitchParameter Isolated { get; set; }

    private protected override void Process(OpenSession session)
    {
        if (ScriptBlock is not null)
        {
            Offer(session, Name!, Function(ScriptBlock), ScriptBlock, "ScriptBlock");
            return;
        }

        foreach (CommandInfo command in Commands()) { Offer(session, Name ?? command.Name, command, command, "Command"); }
    }

    private List<CommandInfo> Commands()
    {
        List<CommandInfo> found = [];
        foreach (string module in Module)
        {
            found.AddRange(Run("param($m) Microsoft.PowerShell.Core\\Get-Command -Module $m -CommandType Cmdlet, Function", module)
                .Select(o => o.BaseObject).OfType<CommandInfo>());
            if (found.Count == 0) { WriteError(Errors.CommandNotFound(module)); }
        }

        foreach (string name in Command)
        {
            CommandInfo? command = InvokeCommand.GetCommand(name, CommandTypes.Alias | CommandTypes.Function | CommandTypes.Cmdlet | CommandTypes.ExternalScript);
            if (command is AliasInfo alias) { command = alias.ResolvedCommand; }
            if (command is null) { WriteError(Errors.CommandNotFound(name)); }
            else { found.Add(command); }
        }

        return found;
    }

    private void Offer(OpenSession session, string name, CommandInfo command, object target, string source)
    {
        if (!ToolName().IsMatch(name))
        {
            WriteError(Errors.ToolNameInvalid(name));
            return;
        }

        string[] bound = Bound is null ? [] : [.. Bound.Keys.Cast<object>().Select(k => k.ToString()!)];
        foreach (string parameter in bound)
        {
            if (!command.Parameters.ContainsKey(parameter)) { ThrowTerminatingError(Errors.ParameterNotFound(name, parameter)); }
        }

        CommentHelpInfo? help = Help(target);
        Dictionary<string, string> texts = help?.Parameters is null ? [] : new(help.Parameters.Select(p => KeyValuePair.Create(p.Key, p.Value.Trim())), StringComparer.OrdinalIgnoreCase);
        string synopsis = (help?.Synopsis ?? help?.Description ?? "").Trim();
        System.Text.Json.Nodes.JsonObject schema = CommandSchema.Of(command, new HashSet<string>(bound, StringComparer.OrdinalIgnoreCase), texts);
        ToolInfo info = new()
        {
            Name = name,
            Description = Description ?? (synopsis.Length > 0 ? synopsis : source == "Command" ? $"Runs the PowerShell command {command.Name} and returns its output." : "Runs a PowerShell script and returns its output."),
            Source = source,
            Command = source == "Command" ? command.Name : target.ToString()!.Trim(),
            IsReadOnly = ReadOnly,
            IsIsolated = Isolated,
            SchemaJson = schema.ToJsonString(),
            SessionId = session.Id,
        };
        IEnumerable<string> offered = ((System.Text.Json.Nodes.JsonObject)schema["properties"]!).Select(p => p.Key);
        CommandCall call = new(name, target, offered, command.Parameters.Values.Where(CommandSchema.AcceptsObjects).Select(p => p.Name), Bound, command.Parameters.ContainsKey("WhatIf"))
        {
            LanguageMode = SessionState.LanguageMode,
        };
        try
        {
            session.Engine().AddTool(new CommandTool(session, info, call));
        }
        catch (InvalidOperationException e)
        {
            WriteError(Errors.ToolNameTaken(e, name));
            return;
        }

        session.Tools[name] = info;
        WriteObject(info);
    }

    // The parameters of a script block can be asked for only once it is a function.
    private CommandInfo Function(ScriptBlock block) => (CommandInfo)Run(
        "param($__block) ${function:__KimiTool} = $__block; Microsoft.PowerShell.Core\\Get-Command -Name __KimiTool -CommandType Function", block)[0].BaseObject;

    // From the comment in the code itself: Get-Help would search every module of the machine.
    private static CommentHelpInfo? Help(object command) => (command switch
    {
        ScriptBlock block => block.Ast,
        FunctionInfo function => function.ScriptBlock.Ast,
        ExternalScriptInfo script => script.ScriptBlock.Ast,
        _ => null,
    }) switch
    {
        FunctionDefinitionAst function => function.GetHelpContent(),
        ScriptBlockAst script => script.GetHelpContent(),
        _ => null,
    };

    private Collection<PSObject> Run(string script, object argument) =>
        InvokeCommand.InvokeScript(useLocalScope: true, ScriptBlock.Create(script), null, argument);

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ToolName();
}
