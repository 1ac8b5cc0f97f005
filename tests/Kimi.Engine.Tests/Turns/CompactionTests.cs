using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Compaction;

namespace Kimi.Engine.Tests.Turns;

/// <summary>When the context is compacted, what the model is asked and what stays.</summary>
public sealed class CompactionTests
{
    private const string Note = "<system>Previous context has been compacted. Here is the compaction output:</system>";

    private static readonly LoopControlConfig s_limits = new() { ReservedContextSize = 100, CompactionTriggerRatio = 0.5 };

    [Fact]
    public async Task The_ratio_triggers_before_a_step_and_the_hooks_hear_of_it()
    {
        using LoopBench bench = new("text: one\nusage: input_other=480 output=20", "text: sum\nusage: input_other=9 output=7", "text: two") { MaxContextSize = 1000, Limits = s_limits };
        await bench.RunAsync("first");
        await bench.RunAsync("second");
        Assert.Equal(["Turn second", "Step 1", "CompactionBegin", "CompactionEnd", "text two", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", $"u:{Note}|sum", "a:one", "u:second", "=9", "c1", "a:two"], bench.Context());
        Assert.Equal(["c0", "u:first", "c1", "=480", "a:one", "=500", "c2", "u:second"], bench.Context("context_1.jsonl"));
        Assert.Equal(["UserPromptSubmit second", "PreCompact auto", "PostCompact auto", "Stop"], bench.Hooks.Triggered[^4..]);
        Assert.Contains("\"token_count\":501", bench.Hooks.Payloads[^3], StringComparison.Ordinal);
        Assert.Contains("\"estimated_token_count\":9", bench.Hooks.Payloads[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_the_ratio_and_the_reserve_nothing_happens()
    {
        using LoopBench bench = new("text: one\nusage: input_other=479 output=19", "text: two") { MaxContextSize = 1000, Limits = s_limits };
        await bench.RunAsync("first");
        await bench.RunAsync("abcd"); // 498 + 1
        Assert.Equal(["Turn abcd", "Step 1", "text two", "TurnEnd"], bench.Events);
    }

    [Theory]
    [InlineData(799, true)]
    [InlineData(798, false)]
    public async Task The_reserve_counts_what_was_appended_since_by_its_estimate(int tokens, bool compacts)
    {
        using LoopBench bench = new($"text: one\n{SessionHarness.ToolCall("c1", "Big")}\nusage: input_other=100 output=1", "text: two")
        {
            MaxContextSize = 1000,
            Limits = s_limits with { CompactionTriggerRatio = 0.99 },
        };
        bench.Toolset.Add(new FunctionTool("Big", new string('x', 4 * tokens)));
        await bench.RunAsync("question");
        string[] compaction = compacts ? ["CompactionBegin", "CompactionEnd"] : [];
        Assert.Equal(["Turn question", "Step 1", "text one", "call c1", "result c1", "Step 2", .. compaction, "text two", "TurnEnd"], bench.Events);
        if (compacts)
        {
            // Both messages stay, so there is nothing to summarise and the model is not asked; the file is rewritten.
            string output = new('x', 4 * tokens);
            Assert.Equal(["c0", "u:question", "a:one Big#c1", $"t#c1:{output}", $"={("questionone".Length + output.Length) / 4}", "c1", "a:two"], bench.Context());
        }
    }

    [Fact]
    public async Task The_summary_is_asked_for_message_by_message_without_thoughts_calls_and_media()
    {
        using LoopBench bench = new("text: the summary", "text: b") { MaxContextSize = 1000, Limits = s_limits };
        bench.Conversation.Checkpoint();
        bench.Conversation.Append(new Message(Role.User, [new TextPart("look"), new ImageUrlPart("data:x"), new TextPart("here")]));
        bench.Conversation.Append(new Message(Role.Assistant, [new ThinkPart("secret"), new TextPart("calling")], [new ToolCall("c1", "Note", "{}")]));
        bench.Conversation.Append(new Message(Role.Tool, [new TextPart("<system>ok</system>"), new TextPart("out")], toolCallId: "c1"));
        bench.Conversation.Append(new Message(Role.Assistant, "kept one"));
        bench.Conversation.Append(new Message(Role.User, "kept two"));
        await Compactor.CompactAsync(bench.Agent, "manual-with-prompt", "the green part", new RunTally(), TestContext.Current.CancellationToken);

        ChatRequest request = Assert.Single(bench.Model.Requests);
        Assert.Empty(request.Tools);
        Assert.NotEqual("P", request.SystemPrompt);
        Message asked = Assert.Single(request.History);
        string[] parts = [.. asked.Content.Cast<TextPart>().Select(static part => part.Text)];
        Assert.Equal(["## Message 1\nRole: user\nContent:\n", "look", "here", "## Message 2\nRole: assistant\nContent:\n", "calling", "## Message 3\nRole: tool\nContent:\n", "<system>ok</system>", "out"], parts[..^1]);
        Assert.EndsWith("the green part", parts[^1], StringComparison.Ordinal);
        Assert.Equal(["c0", $"u:{Note}|the summary", "a:kept one", "u:kept two"], bench.Context()[..^1]);
        int summary = (Note.Length + "the summary".Length + "kept one".Length + "kept two".Length) / 4;
        Assert.Equal($"={summary}", bench.Context()[^1]);
        Assert.Equal(["PreCompact manual-with-prompt", "PostCompact manual-with-prompt"], bench.Hooks.Triggered);
    }

    [Fact]
    public async Task A_tool_result_between_the_last_two_messages_stays_with_them()
    {
        using LoopBench bench = new("text: sum\nusage: input_other=1 output=10");
        bench.Conversation.Checkpoint();
        bench.Conversation.Append(new Message(Role.User, "prompt"));
        bench.Conversation.Append(new Message(Role.Assistant, [], [new ToolCall("c1", "Note", "{}")]));
        bench.Conversation.Append(new Message(Role.Tool, [new TextPart("12345678")], toolCallId: "c1"));
        bench.Conversation.Append(new Message(Role.Assistant, "abc"));
        await Compactor.CompactAsync(bench.Agent, "manual", "", new RunTally(), TestContext.Current.CancellationToken);
        Assert.Equal(["c0", $"u:{Note}|sum", "a: Note#c1", "t#c1:12345678", "a:abc", "=12"], bench.Context());
    }

    [Fact]
    public async Task A_failing_summary_fails_the_step_and_changes_nothing()
    {
        using LoopBench bench = new("text: one\nusage: input_other=480 output=20", "error: 400 no") { MaxContextSize = 1000, Limits = s_limits };
        await bench.RunAsync("first");
        await Assert.ThrowsAsync<ChatProviderException>(() => bench.RunAsync("second"));
        Assert.Equal(["Turn second", "Step 1", "CompactionBegin", "StepInterrupted", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", "u:first", "c1", "=480", "a:one", "=500", "c2", "u:second"], bench.Context());
        Assert.False(bench.HasFile("context_1.jsonl"));
        Assert.DoesNotContain("PostCompact auto", bench.Hooks.Triggered);
    }

    [Fact]
    public async Task Retries_of_a_summary_are_not_told_and_an_answer_without_text_is_one_of_them()
    {
        using LoopBench bench = new("error: 500", SessionHarness.ToolCall("c1", "Note"), "text: sum");
        bench.Conversation.Checkpoint();
        bench.Conversation.Append(new Message(Role.User, "a"));
        bench.Conversation.Append(new Message(Role.Assistant, "b"));
        bench.Conversation.Append(new Message(Role.User, "c"));
        await Compactor.CompactAsync(bench.Agent, "manual", "", new RunTally(), TestContext.Current.CancellationToken);
        Assert.Equal(["CompactionBegin", "CompactionEnd"], bench.Events);
        Assert.Equal(3, bench.Model.Requests.Count);
        Assert.Equal($"u:{Note}|sum", bench.Context()[1]);
    }

    [Fact]
    public async Task A_summary_that_never_has_text_fails()
    {
        using LoopBench bench = new([.. Enumerable.Range(1, 3).Select(static i => SessionHarness.ToolCall($"c{i}", "Note"))]);
        bench.Conversation.Append(new Message(Role.User, "a"));
        bench.Conversation.Append(new Message(Role.Assistant, "b"));
        bench.Conversation.Append(new Message(Role.User, "c"));
        await Assert.ThrowsAsync<ChatProviderException>(() => Compactor.CompactAsync(bench.Agent, "manual", "", new RunTally(), TestContext.Current.CancellationToken));
        Assert.Equal(["u:a", "a:b", "u:c"], bench.Context());
    }

    [Fact]
    public async Task Tasks_that_still_run_are_listed_behind_the_rest()
    {
        using LoopBench bench = new("text: sum\nusage: input_other=1 output=10") { Notifications = new TaskList("12345678") };
        bench.Conversation.Append(new Message(Role.User, "a"));
        bench.Conversation.Append(new Message(Role.Assistant, "b"));
        bench.Conversation.Append(new Message(Role.User, "c"));
        await Compactor.CompactAsync(bench.Agent, "manual", "", new RunTally(), TestContext.Current.CancellationToken);
        Assert.Equal(["c0", $"u:{Note}|sum", "a:b", "u:c", "u:12345678", "=12"], bench.Context());
    }

    [Fact]
    public async Task Compaction_is_repeated_within_a_turn_when_it_is_due_again()
    {
        using LoopBench bench = new(
            $"text: 1\n{SessionHarness.ToolCall("c1", "Note", "{\"n\": 1}")}\nusage: input_other=600 output=1", $"text: 2\n{SessionHarness.ToolCall("c2", "Note", "{\"n\": 2}")}\nusage: input_other=700 output=1",
            "text: sum", "text: end")
        { MaxContextSize = 1000, Limits = s_limits };
        bench.Toolset.Add(new FunctionTool("Note", "x"));
        await bench.RunAsync("go");
        Assert.Equal(2, bench.Events.Count(static name => name == "CompactionEnd"));
        Assert.Equal("a:end", bench.Context()[^1]);
        Assert.True(bench.HasFile("context_2.jsonl"));
    }

    [Fact]
    public async Task Completions_are_capped_by_what_the_context_leaves()
    {
        using LoopBench bench = new("text: a\nusage: input_other=4000 output=96", "text: b") { MaxContextSize = 10_000, Limits = new LoopControlConfig { ReservedContextSize = 1000 } };
        bench.Model.UsesCompletionBudget = true;
        await bench.RunAsync("first");
        await bench.RunAsync("abcd");
        Assert.Equal(10_000 - 4097 - 1024, bench.Model.Requests[1].MaxCompletionTokens);
    }

    private sealed class TaskList(string text) : INotificationFeed
    {
        public IReadOnlyList<Message> TakeForModel(int limit) => [];

        public void ConfirmTaken()
        {
        }

        public void Announce()
        {
        }

        public Message? ActiveTasks() => new(Role.User, text);
    }
}
