using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills;

/// <summary>The skills of a session.</summary>
internal sealed class SkillCatalog
{
    private SkillCatalog(IReadOnlyList<SkillRoot> roots, IReadOnlyList<Skill> skills)
    {
        Roots = roots;
        Skills = skills;
    }

    /// <summary>No skills.</summary>
    public static SkillCatalog Empty { get; } = new([], []);

    /// <summary>The directories looked at; searching them is allowed even outside the work dir.</summary>
    public IReadOnlyList<SkillRoot> Roots { get; }

    /// <summary>Sorted by name; of several skills with one name only that of the first root.</summary>
    public IReadOnlyList<Skill> Skills { get; }

    /// <summary>Reads all skills below the given roots. Unreadable or invalid ones are left out and reported to <paramref name="log"/>.</summary>
    public static SkillCatalog Load(IReadOnlyList<SkillRoot> roots, Action<string>? log = null)
    {
        Dictionary<string, Skill>? byName = null;
        foreach (SkillRoot root in roots)
        {
            byName ??= new Dictionary<string, Skill>(StringComparer.Ordinal);
            if (root.Scope == SkillScope.BuiltIn)
            {
                BuiltInSkills.AddTo(byName, root.Path);
            }
            else
            {
                LoadRoot(root, byName, log);
            }
        }

        if (byName is null || byName.Count == 0)
        {
            return new SkillCatalog(roots, []);
        }

        var skills = new Skill[byName.Count];
        byName.Values.CopyTo(skills, 0);
        Array.Sort(skills, static (a, b) => CodePointComparer.Instance.Compare(a.Name, b.Name));
        return new SkillCatalog(roots, skills);
    }

    /// <summary>The skills as the system prompt lists them.</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        for (SkillScope scope = SkillScope.Project; scope <= SkillScope.BuiltIn; scope++)
        {
            bool first = true;
            foreach (Skill skill in Skills)
            {
                if (skill.Scope != scope)
                {
                    continue;
                }

                if (first)
                {
                    text.Append(text.Length == 0 ? "" : "\n").Append("### ").Append(Heading(scope)).Append('\n');
                    first = false;
                }

                text.Append("- ").Append(skill.Name).Append("\n  - Path: ").Append(skill.File);
                text.Append("\n  - Description: ").Append(skill.Description).Append('\n');
            }
        }

        if (text.Length == 0)
        {
            return "No skills found.";
        }

        text.Length--;
        return text.ToString();
    }

    private static string Heading(SkillScope scope) => scope switch
    {
        SkillScope.Project => "Project",
        SkillScope.User => "User",
        SkillScope.Extra => "Extra",
        _ => "Built-in",
    };

    private static void LoadRoot(SkillRoot root, Dictionary<string, Skill> byName, Action<string>? log)
    {
        var directories = new List<string>();
        var files = new List<string>();
        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries(root.Path))
            {
                string name = Path.GetFileName(entry);
                if (Path.GetExtension(name).Equals(".md", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(entry))
                {
                    if (!name.Equals("SKILL.md", StringComparison.OrdinalIgnoreCase))
                    {
                        files.Add(entry);
                    }
                }
                else
                {
                    directories.Add(entry);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log?.Invoke($"Cannot list skills in {root.Path}: {e.Message}");
        }

        directories.Sort(CodePointComparer.Instance);
        files.Sort(CodePointComparer.Instance);
        foreach (string directory in directories)
        {
            Add(byName, Path.Combine(directory, "SKILL.md"), directory, Path.GetFileName(directory), root.Scope, log);
        }

        foreach (string file in files)
        {
            Add(byName, file, root.Path, Path.GetFileNameWithoutExtension(file), root.Scope, log);
        }
    }

    private static void Add(
        Dictionary<string, Skill> byName, string file, string directory, string name, SkillScope scope, Action<string>? log)
    {
        try
        {
            if (SkillReader.Read(file, directory, name, scope, log) is { } skill)
            {
                byName.TryAdd(skill.Name.ToLowerInvariant(), skill);
            }
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            log?.Invoke($"Skipping skill {file}: {e.Message}");
        }
    }
}
