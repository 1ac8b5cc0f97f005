using System.Text;
using Kimi.Engine.Agents;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>The types of subagents that an agent can start, in the order of its file.</summary>
internal sealed class SubagentTypes
{
    private readonly IReadOnlyList<SubagentReference> _references;
    private readonly Dictionary<string, AgentSpec> _specs = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <exception cref="AgentSpecException">The file of a type cannot be used.</exception>
    public SubagentTypes(AgentSpec parent)
    {
        _references = parent.Subagents;
        foreach (SubagentReference reference in _references)
        {
            // A file that is wrong is said at the start, not in the middle of work; the built-in types are not even made.
            if (!reference.File.IsBuiltIn)
            {
                _specs[reference.Name] = AgentSpecLoader.Load(reference.File);
            }
        }
    }

    /// <summary>Whether there is a type of that name.</summary>
    public bool Contains(string name) => Find(name) is not null;

    /// <summary>The agent of a type.</summary>
    /// <exception cref="SubagentException">There is none of that name.</exception>
    public AgentSpec Require(string name)
    {
        SubagentReference reference = Find(name) ?? throw new SubagentException($"Builtin subagent type not found: {name}", "Invalid subagent type");
        lock (_gate)
        {
            if (!_specs.TryGetValue(name, out AgentSpec? spec))
            {
                _specs[name] = spec = AgentSpecLoader.Load(reference.File);
            }

            return spec;
        }
    }

    /// <summary>One line for every type, for the tool's description.</summary>
    public string Describe()
    {
        StringBuilder text = new();
        foreach (SubagentReference reference in _references)
        {
            AgentSpec spec = Require(reference.Name);
            text.Append(text.Length > 0 ? "\n" : "").Append("- `").Append(reference.Name).Append("`: ").Append(reference.Description);
            text.Append(" (Tools: ");
            AppendTools(text, spec);
            text.Append(", Model: ").Append(spec.Model ?? "inherit").Append(", Background: yes).");
            if (!string.IsNullOrWhiteSpace(spec.WhenToUse))
            {
                text.Append(" When to use: ").AppendJoin(' ', spec.WhenToUse.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries));
            }
        }

        return text.ToString();
    }

    private static void AppendTools(StringBuilder text, AgentSpec spec)
    {
        IReadOnlyList<string> tools = spec.EffectiveTools;
        if (spec.AllowedTools is null || tools.Count == 0)
        {
            text.Append(spec.AllowedTools is null ? "*" : "(none)");
            return;
        }

        for (int i = 0; i < tools.Count; i++)
        {
            text.Append(i > 0 ? ", " : "").Append(tools[i].AsSpan(tools[i].LastIndexOf(':') + 1));
        }
    }

    private SubagentReference? Find(string name)
    {
        foreach (SubagentReference reference in _references)
        {
            if (reference.Name == name)
            {
                return reference;
            }
        }

        return null;
    }
}
