using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Kimi.PowerShell.Hosting;

/// <summary>Where the engine and its packages live, out of sight of the user's session and of other modules.</summary>
internal sealed class EngineLoadContext(string folder) : AssemblyLoadContext("Kimi")
{
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        // The same assembly, compiled ahead of time for this platform: no other runtime can load that file.
        string ahead = Path.Join(folder, $"{assemblyName.Name}.{RuntimeInformation.RuntimeIdentifier}.dll");
        string path = File.Exists(ahead) ? ahead : Path.Join(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
