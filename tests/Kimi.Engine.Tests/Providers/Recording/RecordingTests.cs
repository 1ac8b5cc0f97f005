using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Recording;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers.Recording;

public sealed class RecordingTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string Recording => _directory.At("recording.jsonl");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_recording_is_replayed_without_the_model()
    {
        (IReadOnlyList<string> recorded, _) = await RunAsync(options => options.RecordFile = Recording, "hello");
        (IReadOnlyList<string> replayed, TurnOutcome outcome) = await RunAsync(options => options.ReplayFile = Recording, "hello", scripted: false);

        Assert.Equal(TurnStatus.Finished, outcome.Status);
        Assert.Equal("the answer", outcome.FinalMessage!.ExtractText());

        // A tool may finish before or after the status of its step is told.
        Assert.Equal(recorded.Select(static message => message.Replace("secret-key-1", "******", StringComparison.Ordinal)).Order(StringComparer.Ordinal), replayed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_recording_holds_no_secret()
    {
        await RunAsync(options => options.RecordFile = Recording, "hello");
        string text = await File.ReadAllTextAsync(Recording, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("secret-key-1", text, StringComparison.Ordinal);
        Assert.Contains("the key is ******", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_holds_no_token_of_a_sign_in()
    {
        await using SessionHarness harness = new("text: stored-access-1, stored-refresh-1, token-of-a-gateway");
        harness.MoreProviders = """
            , "q": {"type": "kimi", "base_url": "http://127.0.0.1:9", "api_key": "", "oauth": {"storage": "file", "key": "oauth/kimi-code"} }
            """;
        harness.Write("share/credentials/kimi-code.json", """{"access_token":"stored-access-1","refresh_token":"stored-refresh-1"}""");
        harness.Options.Environment = harness.Options.Environment!.Overlay(new Dictionary<string, string> { ["ANTHROPIC_AUTH_TOKEN"] = "token-of-a-gateway" });
        harness.Options.RecordFile = Recording;

        await harness.RunAsync("hello");

        Assert.Contains("******, ******, ******", await File.ReadAllTextAsync(Recording, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_holds_no_token_that_was_renewed_meanwhile()
    {
        const string Renewal = """{"access_token":"renewed-access-2"}""";
        await using SessionHarness harness = new(
            SessionHarness.ToolCall("c1", "Renew", "{}"), "text: renewed-access-2");
        harness.MoreProviders = """
            , "q": {"type": "kimi", "base_url": "http://127.0.0.1:9", "api_key": "", "oauth": {"storage": "file", "key": "oauth/kimi-code"} }
            """;
        harness.Write("share/credentials/kimi-code.json", """{"access_token":"stored-access-1"}""");
        harness.Options.Tools = [new FunctionTool("Renew", (_, _) =>
        {
            harness.Write("share/credentials/kimi-code.json", Renewal);
            return Task.FromResult(ToolReturnValue.Ok("done"));
        })];
        harness.Options.RecordFile = Recording;

        await harness.RunAsync("hello");

        string text = await File.ReadAllTextAsync(Recording, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("renewed-access-2", text, StringComparison.Ordinal);
        Assert.Contains("******", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_reads_only_what_was_added_to_the_one_before()
    {
        Message first = new(Role.User, "secret-1"), second = new(Role.Assistant, "plain"), third = new(Role.User, "secret-1 again");
        CleanHistory history = new(new SecretFilter(["secret-1"]));

        string[] before = history.Read([first, second]);
        string[] after = history.Read([first, second, third]);
        string[] changed = history.Read([third]);

        Assert.Same(before[0], after[0]);
        Assert.Same(before[1], after[1]);
        Assert.Equal("""{"role":"user","content":"****** again"}""", after[2]);
        Assert.Equal([after[2]], changed);
    }

    [Fact]
    public async Task A_replay_that_diverges_shows_the_difference()
    {
        await RunAsync(options => options.RecordFile = Recording, "hello");
        (_, TurnOutcome outcome) = await RunAsync(options => options.ReplayFile = Recording, "goodbye", scripted: false);

        Assert.Equal(TurnStatus.Failed, outcome.Status);
        Assert.Contains("diverges at request 1, message 1", outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("hello", outcome.Error.Message, StringComparison.Ordinal);
        Assert.Contains("goodbye", outcome.Error.Message, StringComparison.Ordinal);
    }

    private static async Task<(IReadOnlyList<string> Messages, TurnOutcome Outcome)> RunAsync(Action<KimiSessionOptions> change, string prompt, bool scripted = true)
    {
        string[] scripts =
        [
            $"id: m1\nusage: input_other=10 output=2\nthink: hm\n{SessionHarness.ToolCall("c1", "SetTodoList", """{"todos": [{"title": "the key is secret-key-1", "status": "done"}]}""")}",
            "text: the answer",
        ];
        await using SessionHarness harness = new(scripted ? scripts : []);
        harness.Options.ApiKey = new Secret("secret-key-1");
        change(harness.Options);
        RecordedRun run = await harness.RunAsync(prompt);
        JsonWriter writer = new();
        List<string> messages = [];
        foreach (WireMessage message in run.Messages)
        {
            writer.Clear();
            message.WriteEnvelope(writer);
            messages.Add(writer.ToString());
        }

        return (messages, run.Outcome);
    }
}
