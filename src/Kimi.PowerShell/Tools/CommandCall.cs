using System.Collections;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Text;

namespace Kimi.PowerShell.Tools;

/// <summary>What a command is called with: named arguments, and objects for its pipeline or null.</summary>
internal sealed record CallArguments(Hashtable Named, object[]? Objects);

/// <summary>How a tool's command is run.</summary>
internal sealed class CommandCall
{
    /// <summary>All streams merged, and a bound on what comes out: a command may write for ever.</summary>
    private static readonly string s_script =
        "param($__command, $__arguments, $__objects) " +
        "& { if ($null -ne $__objects) { $__objects | & $__command @__arguments *>&1 } else { & $__command @__arguments *>&1 } } | " +
        "Microsoft.PowerShell.Utility\\Select-Object -First " + (CommandOutput.MaxObjects + 1);

    private readonly string _name;
    private readonly Hashtable _bound;
    private readonly HashSet<string> _offered;
    private readonly HashSet<string> _fromPipeline;

    /// <summary>Makes the call of a command.</summary>
    /// <param name="name">The name of the tool.</param>
    /// <param name="command">A command, or a script block.</param>
    /// <param name="offered">The parameters that the model may give.</param>
    /// <param name="fromPipeline">Those of them that take objects from the pipeline.</param>
    /// <param name="bound">The parameters that are given already.</param>
    /// <param name="supportsWhatIf">Whether it can be asked what it would do.</param>
    public CommandCall(string name, object command, IEnumerable<string> offered, IEnumerable<string> fromPipeline, IDictionary? bound, bool supportsWhatIf)
    {
        _name = name;
        Command = command;
        _fromPipeline = new HashSet<string>(fromPipeline, StringComparer.OrdinalIgnoreCase);
        _offered = new HashSet<string>(offered, StringComparer.OrdinalIgnoreCase);
        _bound = bound is null ? [] : new Hashtable(bound, StringComparer.OrdinalIgnoreCase);
        SupportsWhatIf = supportsWhatIf;
    }

    /// <summary>A <see cref="CommandInfo"/> or a <see cref="ScriptBlock"/>.</summary>
    public object Command { get; }

    public bool SupportsWhatIf { get; }

    /// <summary>What the language may do where the tool was registered; a runspace of its own allows no more.</summary>
    public PSLanguageMode LanguageMode { get; init; }

    public static string Script => s_script;

    public bool Offers(string parameter) => _offered.Contains(parameter);

    /// <summary>Whether objects for a parameter are piped in: many as one argument would be one object.</summary>
    public bool IsFromPipeline(string parameter) => _fromPipeline.Contains(parameter);

    /// <summary>What the model gave and what was given before; the latter cannot be replaced.</summary>
    public Hashtable With(Hashtable given)
    {
        Hashtable all = new(given, StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in _bound) { all[entry.Key] = entry.Value; }
        return all;
    }

    /// <summary>Runs on the pipeline thread.</summary>
    public CommandOutput Run(PSCmdlet cmdlet, CallArguments given)
    {
        try
        {
            Collection<PSObject> output = cmdlet.SessionState.InvokeCommand.InvokeScript(
                useLocalScope: true, ScriptBlock.Create(s_script), null, Command, With(given.Named), given.Objects);
            return CommandOutput.Of(output);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return CommandOutput.Failed($"Error: {e.ErrorRecord}");
        }
        catch (Exception e) when (Unwinding.Describe(e) is not null)
        {
            return CommandOutput.Failed($"The command {Unwinding.Describe(e)}");
        }
    }

    /// <summary>The call as somebody would type it.</summary>
    public string Describe(Hashtable given)
    {
        StringBuilder line = new(_name);
        foreach (DictionaryEntry argument in given)
        {
            line.Append(" -").Append(argument.Key);
            if (argument.Value is true) { continue; }
            string value = argument.Value is string text ? text : Hosting.ObjectJson.Write(argument.Value, 3);
            line.Append(" '").Append(value.Replace("'", "''", StringComparison.Ordinal)).Append('\'');
        }

        return line.ToString();
    }
}
