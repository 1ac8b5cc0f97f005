using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Turns;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Reminders and notifications before a step, and the history as a request has it.</summary>
public sealed class InjectionTests
{
    private const string Full = "u:<system-reminder>\nPlan mode is active.";
    private const string Sparse = "u:<system-reminder>\nPlan mode still active";

    [Fact]
    public async Task Plan_mode_is_told_in_full_behind_the_step_s_checkpoint()
    {
        await using SessionHarness harness = new("text: ok");
        harness.Options.Plan = true;
        await harness.RunAsync("hi");
        string[] context = harness.Context();
        Assert.Equal(["c0", "u:hi", "c1"], context[..3]);
        Assert.StartsWith(Full, context[3], StringComparison.Ordinal);
        Assert.EndsWith("\n</system-reminder>", context[3], StringComparison.Ordinal);
        Assert.Contains(harness.State().GetProperty("plan_slug").GetString()!, context[3], StringComparison.Ordinal);
        Assert.Equal("a:ok", context[4]);
    }

    [Fact]
    public async Task Reminders_come_every_five_answers_and_every_fifth_is_full()
    {
        await using SessionHarness harness = new([.. Enumerable.Repeat("text: ok", 31)]);
        harness.Options.Plan = true;
        List<int> full = [];
        List<int> sparse = [];
        for (int turn = 1; turn <= 31; turn++)
        {
            int before = turn == 1 ? 0 : harness.Context().Length;
            await harness.RunAsync($"turn {turn}");
            string[] added = harness.Context()[before..];
            (added.Any(static line => line.StartsWith(Full, StringComparison.Ordinal)) ? full : added.Any(static line => line.StartsWith(Sparse, StringComparison.Ordinal)) ? sparse : []).Add(turn);
        }

        Assert.Equal([1, 26], full);
        Assert.Equal([6, 11, 16, 21, 31], sparse);
    }

    [Fact]
    public async Task Entering_again_with_a_plan_has_a_text_of_its_own_and_leaving_ends_the_reminders()
    {
        await using SessionHarness harness = new("text: a", "text: b", "text: c");
        await harness.RunAsync("/plan on");
        await harness.RunAsync("one");
        string file = Path.Join(harness.Home, ".kimi", "plans", harness.State().GetProperty("plan_slug").GetString() + ".md");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "plan");
        await harness.Session.SetPlanModeAsync(true, TestContext.Current.CancellationToken);
        await harness.RunAsync("two");
        string[] reminders = [.. harness.Context().Where(static line => line.StartsWith(Full, StringComparison.Ordinal))];
        Assert.Equal(2, reminders.Length);
        Assert.NotEqual(reminders[0], reminders[1]);
        await harness.RunAsync("/plan off");
        await harness.RunAsync("three");
        Assert.Equal(["u:three", "c5", "a:c"], harness.Context()[^3..]);
    }

    [Fact]
    public async Task Afk_is_told_once_and_again_after_compaction_or_toggling()
    {
        await using SessionHarness harness = new("text: a", "text: b", "text: c", "text: d");
        harness.Options.Afk = true;
        await harness.RunAsync("one");
        await harness.RunAsync("two");
        static int Count(string[] context) => context.Count(static line => line.StartsWith("u:<system-reminder>", StringComparison.Ordinal));
        Assert.Equal(1, Count(harness.Context()));
        Assert.StartsWith("u:<system-reminder>", harness.Context()[3], StringComparison.Ordinal);
        await harness.RunAsync("/afk");
        await harness.RunAsync("/afk");
        await harness.RunAsync("three");
        Assert.Equal(3, Count(harness.Context())); // first, afk off, again
        Assert.True(harness.State().GetProperty("approval").GetProperty("afk").GetBoolean());
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(false, "\"skip_afk_prompt_injection\": true")]
    public async Task The_overlay_of_an_opening_is_not_told_nor_is_afk_where_it_is_suppressed(bool overlay, string config)
    {
        await using SessionHarness harness = new("text: a") { MoreConfig = config };
        harness.Options.RuntimeAfk = overlay;
        harness.Options.Afk = !overlay;
        await harness.RunAsync("one");
        Assert.Equal(["c0", "u:one", "c1", "a:a"], harness.Context());
    }

    [Fact]
    public async Task Yolo_is_told_never()
    {
        await using SessionHarness harness = new("text: a");
        harness.Options.Yolo = true;
        await harness.RunAsync("one");
        Assert.Equal(["c0", "u:one", "c1", "a:a"], harness.Context());
        Assert.False(harness.State().GetProperty("approval").GetProperty("yolo").GetBoolean());
    }

    [Fact]
    public async Task Several_reminders_become_one_message()
    {
        using LoopBench bench = new("text: ok") { Injections = [new Reminder("one"), new Reminder(null), new Reminder("two")] };
        await bench.RunAsync("hi");
        Assert.Equal(
            ["c0", "u:hi", "c1", "u:<system-reminder>\none\n</system-reminder>\n<system-reminder>\ntwo\n</system-reminder>", "a:ok"],
            bench.Context());
        Assert.Equal(["u:hi|<system-reminder>\none\n</system-reminder>\n<system-reminder>\ntwo\n</system-reminder>"], bench.Model.Histories[0]);
    }

    [Fact]
    public async Task A_failing_reminder_is_left_out()
    {
        using LoopBench bench = new("text: ok") { Injections = [new Reminder("throw"), new Reminder("two")] };
        await bench.RunAsync("hi");
        Assert.Equal(["c0", "u:hi", "c1", "u:<system-reminder>\ntwo\n</system-reminder>", "a:ok"], bench.Context());
    }

    [Fact]
    public async Task Up_to_four_notifications_come_before_reminders_each_as_a_message_of_its_own()
    {
        Feed feed = new(6);
        using LoopBench bench = new(SessionHarness.ToolCall("c1", "Note"), "text: ok") { Injections = [new Reminder("r")], Notifications = feed };
        bench.Toolset.Add(new FunctionTool("Note", "x"));
        await bench.RunAsync("hi");
        string[] context = bench.Context();
        Assert.Equal(["c0", "u:hi", "c1"], context[..3]);
        Assert.Equal(Enumerable.Range(1, 4).Select(static i => $"u:<notification id=\"n{i}\">"), context[3..7]);
        Assert.StartsWith("u:<system-reminder>", context[7], StringComparison.Ordinal);
        Assert.Equal(["c2", "u:<notification id=\"n5\">", "u:<notification id=\"n6\">"], context[10..13]);
        Assert.Equal(
            ["u:hi", "u:<notification id=\"n1\">", "u:<notification id=\"n2\">", "u:<notification id=\"n3\">", "u:<notification id=\"n4\">", "u:<system-reminder>\nr\n</system-reminder>"],
            bench.Model.Histories[0]);
        Assert.Equal(6, feed.Confirmed);
    }

    private sealed class Reminder(string? text) : IInjection
    {
        public string? Next(IReadOnlyList<Message> history) => text == "throw" ? throw new IOException("gone") : text;

        public void OnCompacted()
        {
        }
    }

    private sealed class Feed(int count) : INotificationFeed
    {
        private int _given;

        public IReadOnlyList<Message> TakeForModel(int limit)
        {
            List<Message> taken = [];
            while (taken.Count < limit && _given < count)
            {
                taken.Add(new Message(Role.User, $"<notification id=\"n{++_given}\">"));
            }

            return taken;
        }

        public int Confirmed { get; private set; }

        public void ConfirmTaken() => Confirmed = _given;

        public void Announce()
        {
        }

        public Message? ActiveTasks() => null;
    }
}
