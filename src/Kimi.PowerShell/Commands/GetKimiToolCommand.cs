using System.Management.Automation;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the tools that the model of a session can call.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Tool)]
[OutputType(typeof(ToolInfo))]
public sealed class GetKimiToolCommand : SessionTargetCommand
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(CallableToolCompleter))]
    public string[]? Name { get; set; }

    private protected override void Process(OpenSession session)
    {
        List<ToolInfo> all = [];
        foreach (ToolDefinition tool in session.Engine().ToolDefinitions)
        {
            all.Add(session.Tools.TryGetValue(tool.Name, out ToolInfo? own) ? own : new ToolInfo
            {
                Name = tool.Name,
                Description = tool.Description,
                Source = "BuiltIn",
                Command = "",
                IsReadOnly = false,
                SchemaJson = Encoding.UTF8.GetString(tool.ParametersJson.Span),
                SessionId = session.Id,
            });
        }

        if (Name is null)
        {
            WriteObject(all, enumerateCollection: true);
            return;
        }

        foreach (string name in Name)
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            ToolInfo[] found = [.. all.Where(t => pattern.IsMatch(t.Name))];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) { WriteError(Errors.ToolNotFound(name, session.Id)); }
            WriteObject(found, enumerateCollection: true);
        }
    }
}
