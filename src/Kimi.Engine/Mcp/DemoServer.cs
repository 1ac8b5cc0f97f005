using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>The small server inside the process that the demo model searches and calls. It contacts nobody.</summary>
internal static class DemoServer
{
    private static readonly McpTool[] s_tools =
    [
        new(
            "demo",
            "count_words",
            "Counts the words of a text. Good for a first try: say hello, ask what this demo can do, or explain a folder, a file, code or a project.",
            LenientJson.Parse("""{"type":"object","properties":{"text":{"type":"string","description":"The text to count"}},"required":["text"]}"""),
            readOnlyHint: true),
        new("demo", "show_time", "Shows the current date and time here.", LenientJson.Parse("""{"type":"object","properties":{}}"""), readOnlyHint: true),
    ];

    /// <summary>Its place in the configuration.</summary>
    public static McpServerConfig Config => new() { Name = "demo", Transport = McpTransport.Stdio };

    /// <summary>Connects to it.</summary>
    public sealed class Connector : IMcpConnector
    {
        public Task<IMcpConnection> ConnectAsync(McpServerConfig server, Action toolsChanged, CancellationToken cancellationToken) =>
            Task.FromResult<IMcpConnection>(new Connection());
    }

    private sealed class Connection : IMcpConnection
    {
        private readonly TaskCompletionSource<string?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Instructions => "A small server inside this program, for the demo.";

        public Task<string?> Closed => _closed.Task;

        public Task<IReadOnlyList<McpTool>> ListToolsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<McpTool>>(s_tools);

        public Task<McpCallResult> CallAsync(string tool, JsonElement arguments, CancellationToken cancellationToken)
        {
            string text = tool == "count_words"
                ? Count(arguments.StringOrNull("text") ?? "")
                : DateTimeOffset.Now.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);
            return Task.FromResult(new McpCallResult([new TextPart(text)], false, null));
        }

        public ValueTask DisposeAsync()
        {
            _closed.TrySetResult(null);
            return default;
        }

        private static string Count(string text)
        {
            int words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            int lines = text.Length == 0 ? 0 : text.Count(static c => c == '\n') + 1;
            return string.Create(CultureInfo.InvariantCulture, $"{words} words, {lines} lines, {CodePoints.Count(text)} characters");
        }
    }
}
