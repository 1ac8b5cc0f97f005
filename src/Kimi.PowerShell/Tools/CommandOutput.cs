using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>What a command left behind: its objects, what it said on the other streams, and how it failed.</summary>
internal sealed class CommandOutput
{
    /// <summary>A model can use no more; a command that goes on is ended.</summary>
    public const int MaxObjects = 10_000;

    private readonly List<string> _messages = [];

    public PSObject[] Objects { get; private set; } = [];

    /// <summary>Why the command did not do its work; null if it did.</summary>
    public string? Failure { get; private set; }

    public bool IsCut { get; private set; }

    /// <summary>Sorts what came out of a command whose streams were merged.</summary>
    public static CommandOutput Of(IEnumerable<PSObject?> merged)
    {
        CommandOutput output = new();
        List<PSObject> objects = [];
        foreach (PSObject? item in merged)
        {
            switch (item?.BaseObject)
            {
                case null: break;
                case ErrorRecord error: output._messages.Add($"Error: {error}"); break;
                case WarningRecord warning: output._messages.Add($"Warning: {warning.Message}"); break;
                case VerboseRecord or DebugRecord: break; // for people who ask for them
                case InformationRecord information: output._messages.Add(information.ToString()); break;
                default:
                    if (objects.Count < MaxObjects) { objects.Add(item!); }
                    else { output.IsCut = true; }
                    break;
            }
        }

        output.Objects = [.. objects];
        if (objects.Count == 0 && output._messages.Find(m => m.StartsWith("Error: ", StringComparison.Ordinal)) is string only) { output.Failure = only; }
        return output;
    }

    public static CommandOutput Failed(string why) => new() { Failure = why };

    /// <summary>The output as text; null if it is too long.</summary>
    public static string? Render(PSCmdlet cmdlet, CommandOutput output)
    {
        ContextText text = new();
        foreach (PSObject item in output.Objects)
        {
            if (!text.TryAdd(cmdlet, item)) { return null; }
        }

        string? rendered = text.Finish(cmdlet);
        return rendered is null || output._messages.Count == 0 ? rendered
            : rendered.Length == 0 ? string.Join('\n', output._messages)
            : rendered + "\n" + string.Join('\n', output._messages);
    }
}
