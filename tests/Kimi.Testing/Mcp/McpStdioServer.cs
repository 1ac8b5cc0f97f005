using System.Globalization;
using ModelContextProtocol.Server;

namespace Kimi.Testing.Mcp;

/// <summary>The test MCP server as a process of its own: <c>serve-mcp</c>.</summary>
public static class McpStdioServer
{
    /// <summary>Serves standard input until it ends.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--silent"))
        {
            // Reads and never answers.
            await Console.OpenStandardInput().CopyToAsync(Stream.Null).ConfigureAwait(false);
            return 0;
        }

        if (args.Contains("--exit"))
        {
            await Console.Error.WriteLineAsync("this server does not want to run").ConfigureAwait(false);
            return 3;
        }

        await Console.Error.WriteLineAsync("a line for the log").ConfigureAwait(false);
        int at = Array.IndexOf(args, "--tools");
        int delay = Array.IndexOf(args, "--delay");
        if (delay >= 0)
        {
            await Task.Delay(int.Parse(args[delay + 1], CultureInfo.InvariantCulture)).ConfigureAwait(false);
        }

        var tools = new McpTestTools(at < 0 ? 0 : int.Parse(args[at + 1], CultureInfo.InvariantCulture));
        int file = Array.IndexOf(args, "--tools-file");
        if (file >= 0)
        {
            tools = McpTestTools.FromFile(args[file + 1], args[file + 2], int.Parse(args[file + 3], CultureInfo.InvariantCulture));
        }

        int bad = Array.IndexOf(args, "--bad-schema");
        if (bad >= 0)
        {
            tools.Add("bad", "Has a bad schema", """{"type":"object","properties":{"a":{"type":"nonsense"}}}""");
            tools.Add("remote", "Refers to a remote schema", """{"type":"object","properties":{"a":{"$ref":"https://nowhere.invalid/schema.json"}}}""");
        }

        if (args.Contains("--destructive"))
        {
            tools.Add("erase", "Says that it erases something", """{"type":"object","properties":{"path":{"type":"string"}}}""", destructive: true);
        }

        StdioServerTransport transport = new("kimi-test");
        await using (transport.ConfigureAwait(false))
        {
            McpServer server = McpServer.Create(transport, tools.Options());
            await using (server.ConfigureAwait(false))
            {
                await server.RunAsync().ConfigureAwait(false);
            }
        }

        return 0;
    }

    /// <summary>The command line that starts it.</summary>
    public static (string Command, string[] Arguments) CommandLine(params string[] options) => ProgramLine(["serve-mcp", .. options]);

    /// <summary>The command line that starts this program with any arguments.</summary>
    public static (string Command, string[] Arguments) ProgramLine(params string[] arguments)
    {
        string name = Path.Combine(AppContext.BaseDirectory, "Kimi.Testing.dll");
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : Path.Combine(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? DotnetRoot(), OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return (host, [name, .. arguments]);
    }

    /// <summary>Where the runtime of this process comes from: <c>shared/Microsoft.NETCore.App/version</c> lies below it.</summary>
    private static string DotnetRoot() =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
}
