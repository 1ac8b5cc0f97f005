using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Testing.Mcp;

/// <summary>
/// Calls a tool of a server as a model does and prints what it cost: <c>measure-mcp-call DIRECTORY MODE TOOL ARGUMENTS URL|COMMAND…</c>.
/// In a process of its own, because bytes are counted for a whole process.
/// </summary>
public static class McpMeasure
{
    /// <summary>Prints bytes allocated during the call, bytes by which the process grew (on Linux), characters of the result, whether it is an error, and its text.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        McpServerConfig server = args[4].StartsWith("http", StringComparison.Ordinal)
            ? new McpServerConfig { Name = "s", Transport = McpTransport.Http, Url = args[4] }
            : new McpServerConfig { Name = "s", Transport = McpTransport.Stdio, Command = args[4], Arguments = args[5..] };
        var manager = new McpManager(new McpManagerOptions { Servers = [server], Share = new ShareDirectory(args[0], args[0]), Mode = args[1] == "direct" ? McpToolMode.Direct : McpToolMode.Deferred });
        await using (manager.ConfigureAwait(false))
        {
            var toolset = new Toolset();
            manager.Attach(toolset);
            await manager.WaitLoadedAsync(CancellationToken.None).ConfigureAwait(false);
            using JsonDocument arguments = JsonDocument.Parse(args[3]);
            McpTool tool = manager.ResolveTool(args[2]);
            long held = PeakMemory();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            Tool callable = (manager.Mode == McpToolMode.Direct ? toolset.Find(tool.Name) : manager.FindDirect(tool.FullName))!;
            ToolReturnValue result = await callable.CallAsync(arguments.RootElement, Context(tool.FullName), CancellationToken.None).ConfigureAwait(false);
            long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            string text = result.OutputText ?? string.Concat(result.OutputParts!.OfType<TextPart>().Select(static part => part.Text));
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{allocated} {PeakMemory() - held} {text.Length} {result.IsError} {text.ReplaceLineEndings(" ")}")).ConfigureAwait(false);
        }

        return 0;
    }

    private static ToolCallContext Context(string name) =>
        new() { Call = new ToolCall("c", name, "{}"), Source = new CallSource(CallSource.ForegroundTurn, "t"), Wire = new NoWire() };

    private static long PeakMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        string line = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    private sealed class NoWire : IWireSink
    {
        public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken) => default;
    }
}
