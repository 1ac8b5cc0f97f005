using BenchmarkDotNet.Attributes;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Testing;

namespace Kimi.Benchmarks;

/// <summary>What a step and a resume cost on disk and in memory.</summary>
[MemoryDiagnoser]
public class ConversationBenchmarks
{
    private readonly TempDirectory _directory = new();
    private Conversation? _conversation;

    [GlobalSetup]
    public void SetUp()
    {
        using Conversation long2000 = new(_directory.Make("long"));
        long2000.SetSystemPrompt("You are a test.");
        for (int i = 0; i < 1000; i++)
        {
            long2000.Append(new Message(Role.Assistant, [], [new ToolCall($"c{i}", "ReadFile", $"{{\"path\": \"file{i}.txt\"}}")]));
            long2000.Append(new Message(Role.Tool, [new TextPart("<system>1 lines read.</system>"), new TextPart(new string('x', 200))], toolCallId: $"c{i}"));
        }

        _conversation = new Conversation(_directory.Make("append"));
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _conversation?.Dispose();
        _directory.Dispose();
    }

    [Benchmark]
    public int Restore2000Messages()
    {
        using Conversation conversation = new(_directory.Make("long"));
        conversation.Restore();
        return conversation.History.Count;
    }

    [Benchmark]
    public void AppendOneStep()
    {
        _conversation!.Checkpoint();
        _conversation.SetTokenCount(100);
        _conversation.Append(new Message(Role.Assistant, [], [new ToolCall("c", "ReadFile", "{\"path\": \"file.txt\"}")]));
        _conversation.Append([new Message(Role.Tool, [new TextPart("result")], toolCallId: "c")]);
    }
}
