using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Which failures of the model are tried again, how often and after which wait.</summary>
public sealed class RetryTests
{
    [Theory]
    [InlineData("error: 429", "APIStatusError", 429)]
    [InlineData("error: 500", "APIStatusError", 500)]
    [InlineData("error: 502", "APIStatusError", 502)]
    [InlineData("error: 503", "APIStatusError", 503)]
    [InlineData("error: 504", "APIStatusError", 504)]
    [InlineData("error: connection", "APIConnectionError", null)]
    [InlineData("error: timeout", "APITimeoutError", null)]
    [InlineData("think: only", "APIEmptyResponseError", null)]
    [InlineData("tool_call_part: {\"arguments_part\": \"x\"}", "APIEmptyResponseError", null)]
    [InlineData("nothing", "APIEmptyResponseError", null)]
    public async Task Passing_failures_are_tried_again(string script, string errorType, int? status)
    {
        using LoopBench bench = new(script, "text: ok");
        await bench.RunAsync("go");
        StepRetry retry = Assert.Single(bench.Sink.Sent.OfType<StepRetry>());
        Assert.Equal((1, 2, 3, errorType, status), (retry.N, retry.NextAttempt, retry.MaxAttempts, retry.ErrorType, retry.StatusCode));
        Assert.Single(bench.Sink.Sent.OfType<StepBegin>());
        Assert.Equal("text ok", bench.Events[^2]);
        Assert.Equal(["c0", "u:go", "c1", "a:ok"], bench.Context());
        Assert.DoesNotContain(bench.Hooks.Triggered, static name => name.StartsWith("StopFailure", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("error: 400")]
    [InlineData("error: 401")]
    [InlineData("error: 404")]
    [InlineData("error: 501")]
    [InlineData("nonsense")]
    public async Task Others_are_final(string script)
    {
        using LoopBench bench = new(script, "text: never");
        await Assert.ThrowsAnyAsync<ChatProviderException>(() => bench.RunAsync("go"));
        Assert.Equal(["Turn go", "Step 1", "StepInterrupted", "TurnEnd"], bench.Events);
        Assert.Single(bench.Model.Requests);
        Assert.StartsWith("StopFailure ", bench.Hooks.Triggered[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempts_run_out_and_waits_grow_up_to_five_seconds()
    {
        using LoopBench bench = new([.. Enumerable.Repeat("error: 500 down", 8)]) { Limits = new LoopControlConfig { MaxRetriesPerStep = 8 } };
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => bench.RunAsync("go"));
        Assert.Equal("down", error.Message);
        Assert.Equal(8, bench.Model.Requests.Count);
        double[] waits = [.. bench.Sink.Sent.OfType<StepRetry>().Select(static retry => retry.WaitSeconds)];
        Assert.Equal(7, waits.Length);
        for (int i = 0; i < waits.Length; i++)
        {
            double floor = Math.Min(0.3 * Math.Pow(2, i), 5);
            Assert.InRange(waits[i], floor, Math.Min(floor + 0.5, 5));
        }

        Assert.Equal(waits, bench.Clock.Waits.Select(static wait => wait.TotalSeconds), static (a, b) => Math.Abs(a - b) < 0.001);
        Assert.Equal("StepInterrupted", bench.Events[^2]);
        Assert.Equal("StopFailure APIStatusError", bench.Hooks.Triggered[^1]);
    }

    [Fact]
    public async Task An_empty_answer_says_so()
    {
        using LoopBench bench = new("nothing") { Limits = new LoopControlConfig { MaxRetriesPerStep = 1 } };
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => bench.RunAsync("go"));
        Assert.Equal("The API returned an empty response.", error.Message);
    }

    [Fact]
    public async Task An_empty_text_counts_as_an_answer()
    {
        using LoopBench bench = new("text: \"\"");
        TurnResult? result = await bench.RunAsync("go");
        Assert.Equal("", result!.FinalMessage!.ExtractText());
        Assert.Single(bench.Model.Requests);
    }

    [Fact]
    public async Task What_a_failed_attempt_said_stays_on_the_wire_but_not_in_the_context()
    {
        using LoopBench bench = new($"think: half\n{SessionHarness.ToolCall("c1", "Note")}", "text: whole");
        FunctionTool tool = new("Note", "x");
        bench.Toolset.Add(tool);
        bool failed = false;
        bench.Model.Pause = (index, _) =>
        {
            if (index != 1 || failed)
            {
                return Task.CompletedTask;
            }

            failed = true;
            throw new ChatProviderException("broken", ProviderErrorKind.Connection);
        };
        await bench.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "think half", "call c1", "Retry 1 2/3 APIConnectionError ", "text whole", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", "u:go", "c1", "a:whole"], bench.Context());
        Assert.Equal(0, tool.Calls);
    }

    [Fact]
    public async Task A_rebuilt_connection_is_tried_once_at_once_and_then_never_again()
    {
        using LoopBench bench = new("error: connection", "text: ok", "error: timeout", "error: connection", "text: never");
        bench.Model.Recovers = true;
        await bench.RunAsync("one");
        Assert.Empty(bench.Sink.Sent.OfType<StepRetry>());
        Assert.Equal(1, bench.Model.Recoveries);

        await Assert.ThrowsAsync<ChatProviderException>(() => bench.RunAsync("two"));
        Assert.Empty(bench.Sink.Sent.OfType<StepRetry>());
        Assert.Equal(4, bench.Model.Requests.Count);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        await using SessionHarness harness = new("error: 503", "text: never");
        using CancellationTokenSource cancel = new();
        harness.Options.Time = new ManualTimeProvider(); // stands still: only cancelling ends the wait
        KimiSession session = await harness.OpenAsync();
        await foreach (WireMessage message in session.RunTurnAsync(new UserInput("go"), null, null, cancel.Token))
        {
            if (message is StepRetry)
            {
                await cancel.CancelAsync();
            }

            Assert.IsNotType<StepInterrupted>(message);
        }

        Assert.Equal(["c0", "u:go", "c1"], harness.Context());
        Assert.False(session.IsBusy);
    }
}
