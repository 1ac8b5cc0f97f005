using System.Collections.Concurrent;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Tools;

/// <summary>Keeps what is sent, and answers requests as it is told to.</summary>
internal sealed class RecordingSink : IWireSink
{
    public ConcurrentQueue<WireMessage> Sent { get; } = new();

    public Action<WireMessage>? OnMessage { get; set; }

    public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken)
    {
        Sent.Enqueue(message);
        OnMessage?.Invoke(message);
        return ValueTask.CompletedTask;
    }
}

/// <summary>A tool made of a function.</summary>
internal sealed class FunctionTool(string name, Func<JsonElement, CancellationToken, Task<ToolReturnValue>> run) : Tool
{
    public int Calls;

    public FunctionTool(string name, string output)
        : this(name, (_, _) => Task.FromResult(ToolReturnValue.Ok(output)))
    {
    }

    public override ToolDefinition Definition { get; } = new(name, "does it", "{}");

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref Calls);
        return run(arguments, cancellationToken);
    }
}

/// <summary>Approvals that say the same to everything and remember the questions.</summary>
internal sealed class FakeApprovals : IApprovals
{
    public List<(string Sender, string Action, string Description, IReadOnlyList<DisplayBlock> Display, string? Target)> Asked { get; } = [];

    public ToolReturnValue? Answer { get; set; }

    public Action? OnAsk { get; set; }

    public bool IsAfk { get; set; }

    public bool IsAutoApprove { get; set; }

    public Task<ToolReturnValue?> AskAsync(
        ToolCallContext context, string action, string description, IReadOnlyList<DisplayBlock> display, CancellationToken cancellationToken, string? target = null)
    {
        lock (Asked)
        {
            Asked.Add((context.Call.Name, action, description, display, target));
        }

        OnAsk?.Invoke();
        return Task.FromResult(Answer);
    }
}

internal sealed class FakePlanMode : IPlanMode
{
    public bool IsActive { get; set; }

    public string? PlanFile { get; set; }

    public string TurnOn()
    {
        IsActive = true;
        return PlanFile ??= "/plans/p.md";
    }

    public void TurnOff() => IsActive = false;
}

internal sealed class FakeTodos : ITodoStore
{
    public IReadOnlyList<TodoItem> Items { get; private set; } = [];

    public IReadOnlyList<TodoItem> Load() => Items;

    public void Save(IReadOnlyList<TodoItem> items) => Items = items;
}

/// <summary>An agent's surroundings in a directory of its own.</summary>
internal sealed class ToolBench : IDisposable
{
    public TempFolder Folder { get; } = new();

    public FakeApprovals Approvals { get; } = new();

    public FakePlanMode Plan { get; } = new();

    public FakeTodos Todos { get; } = new();

    public RecordingSink Sink { get; } = new();

    public ModelCapabilities Capabilities { get; set; }

    public KimiConfig Config { get; set; } = new();

    public Dictionary<string, string> Variables { get; } = [];

    public List<string> Additional { get; } = [];

    public List<string> SkillRoots { get; } = [];

    public IQuestions? Questions { get; set; }

    public IBackgroundTasks? BackgroundTasks { get; set; }

    public ISubagents? Subagents { get; set; }

    public IDMail? DMail { get; set; }

    public IVideoUpload? VideoUpload { get; set; }

    public bool IsSubagent { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public LocalHost Host { get; } = new();

    public string Work => Folder["work"];

    public ToolBench() => Directory.CreateDirectory(Work);

    public ToolServices Services => new()
    {
        Host = Host,
        Config = Config,
        Share = new ShareDirectory(Folder["share"], Folder["home"]),
        Environment = EnvironmentSource.From(Variables),
        Workspace = new Workspace(Host.Paths, Work, Additional, () => [.. SkillRoots]),
        Shell = ShellDetection.Detect(),
        Approvals = Approvals,
        PlanMode = Plan,
        Todos = Todos,
        ModelCapabilities = Capabilities,
        Questions = Questions,
        BackgroundTasks = BackgroundTasks,
        Subagents = Subagents,
        DMail = DMail,
        VideoUpload = VideoUpload,
        IsSubagent = IsSubagent,
        Time = Time,
        AgentId = IsSubagent ? "a1" : null,
    };

    public string Write(string name, string text) => Folder.Write($"work/{name}", text);

    public string Write(string name, byte[] bytes)
    {
        string path = Write(name, "");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Read(string name) => Folder.Read($"work/{name}");

    public string PathOf(string name) => Path.Combine(Work, name);

    /// <summary>Calls a tool as the model does, through a toolset.</summary>
    public Task<ToolReturnValue> Call(Tool tool, string arguments)
    {
        Toolset toolset = new();
        toolset.Add(tool);
        ToolCall call = new("c1", tool.Name, arguments);
        return toolset.HandleAsync(call, Context(call), TestContext.Current.CancellationToken);
    }

    public ToolCallContext Context(ToolCall call, bool subagent = false) => new()
    {
        Call = call,
        Step = 1,
        Source = new CallSource(CallSource.ForegroundTurn, "turn", subagent ? "a1" : null, subagent ? "coder" : null),
        Wire = Sink,
    };

    public void Dispose() => Folder.Dispose();
}

internal static class ResultAsserts
{
    public static void IsError(this ToolReturnValue result, string message, string brief)
    {
        Assert.Equal(message, result.Message);
        Assert.True(result.IsError);
        Assert.Equal(brief, result.Brief);
    }

    public static void StartsError(this ToolReturnValue result, string start, string brief)
    {
        Assert.StartsWith(start, result.Message, StringComparison.Ordinal);
        Assert.True(result.IsError);
        Assert.Equal(brief, result.Brief);
    }

    public static void IsInvalid(this ToolReturnValue result, string detail = "")
    {
        Assert.StartsWith("Error validating JSON arguments: ", result.Message, StringComparison.Ordinal);
        Assert.Contains(detail, result.Message, StringComparison.Ordinal);
        Assert.Equal("Invalid arguments", result.Brief);
        Assert.True(result.IsError);
    }

    public static void StartsOk(this ToolReturnValue result, string start)
    {
        Assert.StartsWith(start, result.Message, StringComparison.Ordinal);
        Assert.False(result.IsError);
    }

    public static void IsOk(this ToolReturnValue result, string output, string message)
    {
        Assert.Equal(message, result.Message);
        Assert.Equal(output, result.OutputText);
        Assert.False(result.IsError);
    }

    /// <summary>JSON of an object with the given members.</summary>
    public static string Json(params (string Name, object? Value)[] members) => JsonWriter.Compose(writer =>
    {
        writer.BeginObject();
        foreach ((string name, object? value) in members)
        {
            writer.Name(name.AsSpan());
            switch (value)
            {
                case int number:
                    writer.Number(number);
                    break;
                case bool flag:
                    writer.Bool(flag);
                    break;
                default:
                    writer.Text((string?)value);
                    break;
            }
        }

        writer.EndObject();
    });
}
