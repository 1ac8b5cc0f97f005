using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Subagents;

/// <summary>Helpers for sessions whose model starts subagents.</summary>
internal static class SubagentBench
{
    /// <summary>A text that is long enough to need no second turn.</summary>
    public static string Long { get; } = string.Concat(Enumerable.Repeat("Nothing else was found in this directory. ", 6)).Trim();

    public static string Call(string id, string prompt, string more = "") =>
        SessionHarness.ToolCall(id, "Agent", $"{{\"description\": \"look around\", \"prompt\": \"{prompt}\"{(more.Length > 0 ? ", " + more : "")}}}");

    public static string Say(string text) => $"text: \"{text}\"";

    /// <summary>The result of a tool call of the root agent.</summary>
    public static ToolReturnValue Result(this RecordedRun run, string call) =>
        run.Messages.OfType<ToolResultEvent>().Single(message => message.ToolCallId == call).ReturnValue;

    public static SubagentEvent[] Wrapped(this RecordedRun run) => [.. run.Messages.OfType<SubagentEvent>()];

    /// <summary>The directories of all subagents.</summary>
    public static string[] Agents(this SessionHarness harness)
    {
        string root = Path.Join(harness.Session.Directory, "subagents");
        return Directory.Exists(root) ? Directory.GetDirectories(root) : [];
    }

    public static string Agent(this SessionHarness harness) => Assert.Single(harness.Agents());

    public static JsonElement Meta(string directory) => LenientJson.Parse(File.ReadAllText(Path.Join(directory, "meta.json")));

    public static string Status(string directory) => Meta(directory).GetProperty("status").GetString()!;

    public static string Output(string directory) => File.ReadAllText(Path.Join(directory, "output"));
}
