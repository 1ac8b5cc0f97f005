using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Turns.Background;

namespace Kimi.Testing;

/// <summary>Starts the test servers as a process, for Pester and for the tests of the real executable.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["serve-model", .. string[] rest]:
                return await ServeModelAsync(rest).ConfigureAwait(false);
            case ["serve-mcp", .. string[] rest]:
                return await Mcp.McpStdioServer.RunAsync(rest).ConfigureAwait(false);
            case ["serve-mcp-files"]:
                return await Mcp.McpFileServer.RunAsync().ConfigureAwait(false);
            case ["serve-mcp-raw", .. string[] rest]:
                return await Mcp.McpRawServer.RunAsync(rest).ConfigureAwait(false);
            case ["measure-mcp-call", .. string[] rest]:
                return await Mcp.McpMeasure.RunAsync(rest).ConfigureAwait(false);
            case ["serve-mcp-http", .. string[] rest]:
                return await ServeMcpAsync(rest).ConfigureAwait(false);
            case ["background-task-worker", .. string[] rest]:
                return await BackgroundWorker.RunAsync(rest, CancellationToken.None).ConfigureAwait(false);
            default:
                await Console.Error.WriteLineAsync("usage: serve-model --port-file FILE [--script FILE] [--log FILE] | background-task-worker …").ConfigureAwait(false);
                return 2;
        }
    }

    /// <summary>
    /// Serves until standard input ends or the process is told to stop. The port file holds the port once it listens, the log a
    /// line of JSON for each request.
    /// </summary>
    private static async Task<int> ServeModelAsync(string[] args)
    {
        string? portFile = Option(args, "--port-file");
        string? script = Option(args, "--script");
        string? log = Option(args, "--log");
        ModelServer server = await ModelServer.StartAsync().ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            if (script is not null)
            {
                server.Answer(ModelScript.ReadFile(script));
            }

            if (log is not null)
            {
                server.Handle(request =>
                {
                    var line = new { path = request.Path, authorization = request.Header("Authorization"), body = request.Text };
                    File.AppendAllText(log, JsonSerializer.Serialize(line) + "\n");
                    return null;
                });
            }

            await WaitForEndAsync(portFile, server.Url).ConfigureAwait(false);
            return 0;
        }
    }

    /// <summary>Serves MCP over HTTP, with <c>--protected</c> behind an authorization server.</summary>
    private static async Task<int> ServeMcpAsync(string[] args)
    {
        Mcp.McpHttpServer server = await Mcp.McpHttpServer.StartAsync(args.Contains("--protected")).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            await WaitForEndAsync(Option(args, "--port-file"), server.Url).ConfigureAwait(false);
            return 0;
        }
    }

    private static async Task WaitForEndAsync(string? portFile, string url)
    {
        if (portFile is not null)
        {
            string partial = portFile + ".part";
            await File.WriteAllTextAsync(partial, new Uri(url).Port.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
            File.Move(partial, portFile, overwrite: true);
        }

        using CancellationTokenSource stop = new();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            stop.Cancel();
        };
        Task input = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync(stop.Token).ConfigureAwait(false) is not null)
            {
            }
        });
        await Task.WhenAny(input, Task.Delay(Timeout.Infinite, stop.Token)).ConfigureAwait(false);
    }

    private static string? Option(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }
}
