using System.Management.Automation;
using Kimi.Engine.Skills;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the skills a session would have.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Skill)]
[OutputType(typeof(SkillInfo))]
public sealed class GetKimiSkillCommand : ConfigurationCommand
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SkillCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The directory whose project's skills count; the current location if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public string? WorkDirectory { get; set; }

    /// <summary>Directories with skills, instead of those found by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? SkillPath { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string directory = WorkDirectory is null ? SessionState.Path.CurrentFileSystemLocation.ProviderPath : Full(WorkDirectory);
        if (!Directory.Exists(directory)) { ThrowTerminatingError(Errors.PathNotFound(directory)); }
        string[] skillDirectories = [.. (SkillPath ?? []).Select(Full)];
        foreach (string missing in skillDirectories.Where(d => !Directory.Exists(d))) { ThrowTerminatingError(Errors.PathNotFound(missing)); }
        List<string> problems = [];
        IReadOnlyList<SkillSummary> all = SkillListing.Read(
            directory, Load().Config, SessionFiles.Share, skillDirectories, problems.Add);
        foreach (string problem in problems) { WriteWarning(problem); }
        foreach (SkillSummary skill in Names.Choose(all, s => s.Name, Name, name => WriteError(Errors.SkillNotFound(name))))
        {
            WriteObject(new SkillInfo
            {
                Name = skill.Name,
                Description = PlainText.Strip(skill.Description),
                Type = skill.Type,
                Scope = skill.Scope,
                Path = skill.Path,
            });
        }
    }
}
