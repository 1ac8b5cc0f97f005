using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.Loader;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Import and removal of the module. Both happen once in every runspace, on statics that the whole process shares, so
/// they touch only what belongs to that runspace.
/// </summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly Lazy<EngineLoadContext> s_context = new(() => new(Path.Join(
        Path.GetDirectoryName(typeof(ModuleLifetime).Assembly.Location)!, "engine")));

    /// <summary>Makes the engine findable. Loads nothing.</summary>
    public void OnImport() => AssemblyLoadContext.Default.Resolving += ResolveEngine;

    /// <summary>Closes the sessions of the runspace that removes the module.</summary>
    /// <param name="psModuleInfo">The module.</param>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        if (Runspace.DefaultRunspace is Runspace owner)
        {
            SessionRegistry.CloseAll(owner.InstanceId);
            McpHub.CloseAll(owner.InstanceId);
        }

        AssemblyLoadContext.Default.Resolving -= ResolveEngine;
    }

    // Only the engine: answering for a package would hand our copy to other modules.
    private static Assembly? ResolveEngine(AssemblyLoadContext context, AssemblyName name) =>
        name.Name == "Kimi.Engine" ? s_context.Value.LoadFromAssemblyName(name) : null;
}
