using System.Text.Json;
using Kimi.Cli.Tests.Harness;
using Kimi.Testing;

namespace Kimi.Cli.Tests.Printing;

/// <summary>What a server can do wrong, on the real executable: one text, the exit code, and a session that goes on afterwards.</summary>
public sealed class BadServerTests : IAsyncLifetime
{
    private readonly KimiFolder _folder = new();
    private ModelServer _server = null!;

    public static TheoryData<string, int, string> Cases => new()
    {
        { "401", 1, "Error code: 401 - {'error': {'message': 'no'}}" },
        { "html", 75, "The API returned an empty response." },
        { "garbage", 75, "The API returned an empty response." },
        { "half", 75, "peer closed connection without sending complete message body (incomplete chunked read)" },
        { "error object", 1, "Error: it broke" },
        { "no JSON", 1, "The server sent an event that is not valid JSON." },
        { "wrong type", 1, "The server sent a wrong type for content." },
    };

    public async ValueTask InitializeAsync() => _server = await ModelServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Is_told_in_one_text_and_the_session_goes_on(string kind, int exitCode, string text)
    {
        bool isBad = true;
        _server.Handle(_ => isBad ? Bad(kind) : null);
        KimiResult failed = await RunAsync("first");
        isBad = false;
        KimiResult good = await RunAsync("second", "--session", failed.Error.Trim().Split(' ')[^1]);

        Assert.Equal((exitCode, text), (failed.ExitCode, failed.Output.Replace("\n", "", StringComparison.Ordinal)));
        Assert.Equal((0, "ok\n"), (good.ExitCode, good.Output));
        using JsonDocument body = JsonDocument.Parse(_server.Requests[^1].Text);
        string[] users = [.. body.RootElement.GetProperty("messages").EnumerateArray().Where(static m => m.GetProperty("role").GetString() == "user").Select(static m => m.GetRawText())];
        Assert.Contains("first", users[0], StringComparison.Ordinal);
        Assert.Contains("second", users[^1], StringComparison.Ordinal);
    }

    private static ModelAnswer Bad(string kind) => kind switch
    {
        "401" => ModelAnswer.Error(401),
        "html" => ModelAnswer.Of("<html><body>Sign in to the hotel's network</body></html>", contentType: "text/html"),
        "garbage" => ModelAnswer.Of("\0\u0001 garbage\n\nmore\n\n"),
        "half" => ModelAnswer.Events("""{"choices":[{"delta":{"content":"half"}}]}""") with { End = AnswerEnd.Cut },
        "error object" => ModelAnswer.Events("""{"choices":[{"delta":{"content":"some"}}]}""", """{"error":{"message":"it broke","code":429}}"""),
        "no JSON" => ModelAnswer.Events("{oops"),
        _ => ModelAnswer.Events("""{"choices":[{"delta":{"content":[1]}}]}"""),
    };

    private Task<KimiResult> RunAsync(string prompt, params string[] more)
    {
        string config = _folder.Write("config.json", JsonSerializer.Serialize(new
        {
            default_model = "m",
            telemetry = false,
            loop_control = new { max_retries_per_step = 1 },
            models = new { m = new { provider = "p", model = "x", max_context_size = 100000 } },
            providers = new { p = new { type = "kimi", base_url = _server.BaseUrl, api_key = "k" } },
        }));
        return _folder.RunAsync(["--quiet", "-p", prompt, "--config-file", config, .. more]);
    }
}
