using System.Reflection;
using System.Runtime.Loader;
using Kimi.Engine.Agents;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

/// <summary>What a session without YAML files pays: the YAML library must stay unloaded.</summary>
public sealed class StartUpTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void BuiltInAgentsAndPlainSkillsLoadNoYamlLibrary()
    {
        _dir.Write("skills/s/SKILL.md", "---\nname: s\ndescription: Plain: no\n---\n".Replace("Plain: no", "plain", StringComparison.Ordinal));
        Assert.DoesNotContain("YamlDotNet", Run(_dir.At("skills")));
    }

    [Fact]
    public void TheProbeNoticesTheYamlLibrary()
    {
        _dir.Write("skills/s/SKILL.md", "---\nname: s\ndescription: >\n  folded\n---\n");
        Assert.Contains("YamlDotNet", Run(_dir.At("skills")));
    }

    private static List<string> Run(string skills)
    {
        var context = new RecordingContext();
        try
        {
            Assembly engine = context.LoadFromAssemblyPath(typeof(AgentSpec).Assembly.Location);
            object spec = Get(engine, "Kimi.Engine.Agents.BuiltInAgents", "Default")!;
            Assert.NotEmpty((IReadOnlyList<string>)spec.GetType().GetProperty("EffectiveTools")!.GetValue(spec)!);
            Type root = engine.GetType("Kimi.Engine.Skills.SkillRoot", throwOnError: true)!;
            var roots = Array.CreateInstance(root, 2);
            Type scope = engine.GetType("Kimi.Engine.Skills.SkillScope", throwOnError: true)!;
            string? directory = (string?)engine.GetType("Kimi.Engine.Skills.SkillRoots", throwOnError: true)!
                .GetMethod("BuiltInDirectory")!.Invoke(null, null);
            roots.SetValue(Activator.CreateInstance(root, skills, Enum.Parse(scope, "User")), 0);
            roots.SetValue(Activator.CreateInstance(root, directory, Enum.Parse(scope, "BuiltIn")), 1);
            object catalog = engine.GetType("Kimi.Engine.Skills.SkillCatalog", throwOnError: true)!
                .GetMethod("Load")!.Invoke(null, [roots, null])!;
            Assert.Contains("- s\n", (string)catalog.GetType().GetMethod("Describe")!.Invoke(catalog, null)!, StringComparison.Ordinal);
            return context.Requested;
        }
        finally
        {
            context.Unload();
        }
    }

    private static object? Get(Assembly engine, string type, string property) =>
        engine.GetType(type, throwOnError: true)!.GetProperty(property)!.GetValue(null);

    private sealed class RecordingContext() : AssemblyLoadContext("start-up", isCollectible: true)
    {
        public List<string> Requested { get; } = [];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            Requested.Add(assemblyName.Name ?? "");
            return null;
        }
    }
}
