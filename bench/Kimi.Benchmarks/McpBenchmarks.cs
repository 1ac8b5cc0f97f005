using BenchmarkDotNet.Attributes;
using Kimi.Engine.Mcp;
using Kimi.Engine.Text;

namespace Kimi.Benchmarks;

/// <summary>The index of deferred MCP tools.</summary>
[MemoryDiagnoser]
public class McpBenchmarks
{
    private static readonly string[] s_verbs = ["create", "delete", "list", "get", "update", "search", "send", "move"];
    private static readonly string[] s_nouns = ["board", "file", "service", "issue", "message", "folder", "user", "report"];

    private readonly McpTool[] _tools =
    [
        .. Enumerable.Range(0, 10_000).Select(static i => new McpTool(
            $"server{i % 50}", $"{s_verbs[i % 8]}_{s_nouns[i / 8 % 8]}_{i}", $"Does the {s_verbs[i % 8]} of a {s_nouns[i / 8 % 8]}, number {i}, with care.", LenientJson.Parse("""{"type": "object"}"""))),
    ];

    private McpToolIndex? _index;

    [GlobalSetup]
    public void SetUp() => _index = new McpToolIndex(_tools, 300);

    [Benchmark]
    public int BuildIndexOf10000Tools() => new McpToolIndex(_tools, 300).Count;

    [Benchmark]
    public int Search() => _index!.Search("make a board", 5).Total;
}
