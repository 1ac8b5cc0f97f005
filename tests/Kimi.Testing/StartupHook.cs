using System.Runtime;

/// <summary>
/// Counts what a process had to compile: named in <c>DOTNET_STARTUP_HOOKS</c>, it writes the count to the file named in
/// <c>KIMI_TEST_JIT_FILE</c> when the process ends. The runtime asks for this name outside any namespace.
/// </summary>
#pragma warning disable CA1050 // Declare types in namespaces
public static class StartupHook
#pragma warning restore CA1050
{
    /// <summary>Called by the runtime before <c>Main</c>.</summary>
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("KIMI_TEST_JIT_FILE") is string file)
        {
            long before = JitInfo.GetCompiledMethodCount();
            AppDomain.CurrentDomain.ProcessExit += (_, _) => File.WriteAllText(file, (JitInfo.GetCompiledMethodCount() - before).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
