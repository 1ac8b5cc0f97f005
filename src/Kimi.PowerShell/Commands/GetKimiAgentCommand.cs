using System.Management.Automation;
using Kimi.Engine.Agents;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the built-in agents, or those of a file.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Agent)]
[OutputType(typeof(AgentInfo))]
public sealed class GetKimiAgentCommand : KimiCmdlet
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(AgentCompleter))]
    public string[]? Name { get; set; }

    /// <summary>An agent file to read instead.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AgentFile { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (AgentSummary agent in Names.Choose(Read(), a => a.Name, Name, name => WriteError(Errors.AgentNotFound(name))))
        {
            WriteObject(new AgentInfo
            {
                Name = agent.Name,
                Description = agent.Description,
                Role = agent.Role,
                Tools = [.. agent.Tools],
                Subagents = [.. agent.Subagents],
                Path = agent.Path ?? "",
            });
        }
    }

    private IReadOnlyList<AgentSummary> Read()
    {
        if (AgentFile is null) { return AgentListing.BuiltIn(); }
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(AgentFile, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem" || !File.Exists(full)) { ThrowTerminatingError(Errors.PathNotFound(AgentFile)); }
        try
        {
            return AgentListing.Read(full);
        }
        catch (AgentSpecException e)
        {
            ThrowTerminatingError(Errors.AgentFileInvalid(e, full));
            throw; // not reached
        }
    }
}
