namespace Kimi.Cli;

internal static class Program
{
    // The version is answered before anything else is loaded or compiled.
    private static int Main(string[] args) =>
        args is ["--version" or "-V"] ? ProductVersion.Print() : CommandLine.RunAsync(args).GetAwaiter().GetResult();
}
