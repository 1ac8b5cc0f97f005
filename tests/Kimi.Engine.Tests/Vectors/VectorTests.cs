using System.Globalization;
using System.Text.Json.Nodes;
using Kimi.Testing;
using Kimi.Testing.Vectors;

namespace Kimi.Engine.Tests.Vectors;

/// <summary>The exchanges recorded from kimi-cli 1.49.0, played through whole sessions.</summary>
public sealed class VectorTests
{
    private static readonly string[] s_headers =
        ["Authorization", "x-api-key", "anthropic-version", "anthropic-beta", "OpenAI-Organization", "OpenAI-Project", "X-Msh-Platform", "X-Msh-Version", "X-Team", "Accept", "Accept-Encoding", "x-stainless-retry-count"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> KimiRequests => [.. Vector.Names("requests/kimi")];

    public static TheoryData<string> OpenAILegacyRequests => [.. Vector.Names("requests/openai_legacy")];

    public static TheoryData<string> OpenAIResponsesRequests => [.. Vector.Names("requests/openai_responses")];

    public static TheoryData<string> AnthropicRequests => [.. Vector.Names("requests/anthropic")];

    public static TheoryData<string> KimiAnswers => [.. Vector.Names("responses/kimi")];

    public static TheoryData<string> OpenAILegacyAnswers => [.. Vector.Names("responses/openai_legacy")];

    public static TheoryData<string> OpenAIResponsesAnswers => [.. Vector.Names("responses/openai_responses")];

    public static TheoryData<string> AnthropicAnswers => [.. Vector.Names("responses/anthropic")];

    public static TheoryData<string> ErrorCases => [.. Vector.Names("errors")];

    [Theory]
    [MemberData(nameof(KimiRequests))]
    public Task Kimi_request(string name) => RequestAsync("requests/kimi", name);

    [Theory]
    [MemberData(nameof(OpenAILegacyRequests))]
    public Task Openai_legacy_request(string name) => RequestAsync("requests/openai_legacy", name);

    [Theory]
    [MemberData(nameof(OpenAIResponsesRequests))]
    public Task Openai_responses_request(string name) => RequestAsync("requests/openai_responses", name);

    [Theory]
    [MemberData(nameof(AnthropicRequests))]
    public Task Anthropic_request(string name) => RequestAsync("requests/anthropic", name);

    [Theory]
    [MemberData(nameof(KimiAnswers))]
    public Task Kimi_answer(string name) => AnswerAsync("responses/kimi", name);

    [Theory]
    [MemberData(nameof(OpenAILegacyAnswers))]
    public Task Openai_legacy_answer(string name) => AnswerAsync("responses/openai_legacy", name);

    [Theory]
    [MemberData(nameof(OpenAIResponsesAnswers))]
    public Task Openai_responses_answer(string name) => AnswerAsync("responses/openai_responses", name);

    [Theory]
    [MemberData(nameof(AnthropicAnswers))]
    public Task Anthropic_answer(string name) => AnswerAsync("responses/anthropic", name);

    [Theory]
    [MemberData(nameof(ErrorCases))]
    public async Task Error_case(string name)
    {
        Vector vector = Vector.Find("errors", name);
        await using VectorRun run = await VectorRun.PlayAsync(vector, Token);
        Check(vector, () => CheckError(vector, run));
    }

    private static async Task RequestAsync(string file, string name)
    {
        Vector vector = Vector.Find(file, name);
        await using VectorRun run = await VectorRun.PlayAsync(vector, Token);
        Check(vector, () => CheckRequests(vector, run));
    }

    private static async Task AnswerAsync(string file, string name)
    {
        Vector vector = Vector.Find(file, name);
        await using VectorRun run = await VectorRun.PlayAsync(vector, Token);
        Check(vector, () => CheckAnswer(vector, run));
    }

    // Of a listed one, that it does not hold: the list stays true.
    private static void Check(Vector vector, Action assert)
    {
        if (Differences.IsListed(vector.FullName))
        {
            Assert.ThrowsAny<Xunit.Sdk.XunitException>(assert);
        }
        else
        {
            assert();
        }
    }

    private static void CheckRequests(Vector vector, VectorRun run)
    {
        JsonArray sent = vector.Data["sent"]!.AsArray();
        if (vector.Expected["exit"]?.GetValue<int>() == 1)
        {
            Assert.True(run.Outcomes.Single().ContainsKey("startup"));
        }

        IReadOnlyList<RecordedRequest> requests = run.Server.Requests;
        for (int i = 0; i < Math.Min(sent.Count, requests.Count); i++)
        {
            JsonNode expected = sent[i]!;
            Assert.Equal((expected["method"]!.GetValue<string>(), expected["path"]!.GetValue<string>()), (requests[i].Method, requests[i].Path));
            string body = VectorText.CleanBody(run.Setup.Localise(expected["body"]!.GetValue<string>()), sent);
            string actual = VectorText.CleanBody(requests[i].Text, sent);
            if (!VectorText.Matches(body, actual))
            {
                Assert.Equal(body, actual);
            }

            if (expected["headers"] is JsonObject headers)
            {
                CheckHeaders(headers, requests[i]);
            }
        }

        Assert.Equal(sent.Count, requests.Count);
        CheckOutcomes(vector, run);
    }

    private static void CheckHeaders(JsonObject expected, RecordedRequest request)
    {
        Dictionary<string, string> recorded = new(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, JsonNode?> header in expected)
        {
            recorded[header.Key] = header.Value!.GetValue<string>();
        }

        bool whole = recorded.ContainsKey("Host");
        foreach (string name in s_headers.Where(name => whole || recorded.ContainsKey(name)))
        {
            string? value = recorded.GetValueOrDefault(name);
            value = value?.Length == 0 ? null : value;
            Assert.Equal($"{name}: {value}", $"{name}: {request.Header(name)}");
        }

        // The agents of the vendors' Python packages are not ours to claim.
        if (recorded.GetValueOrDefault("User-Agent") is string agent && !agent.Contains("/Python ", StringComparison.Ordinal))
        {
            Assert.Equal(agent, request.Header("User-Agent"));
        }
    }

    private static void CheckAnswer(Vector vector, VectorRun run)
    {
        // A tool of an attempt that was cut off may or may not have been asked, or have finished, before the cut.
        bool isCut = vector.Name.Contains("cut-after-tool", StringComparison.Ordinal);
        bool IsCertain(JsonNode e) => !isCut || e[0]!.GetValue<string>() is not ("ToolResult" or "request:ToolCallRequest");
        string expected = run.Setup.Localise(VectorText.Canonical(vector.Expected["events"]!.AsArray().Select(static e => e!).Where(IsCertain)));
        string actual = VectorText.Canonical(run.Events.Where(IsCertain));
        if (!VectorText.Matches(expected, actual))
        {
            Assert.Equal(expected, actual);
        }

        Assert.Equal(Lines(vector.Expected["context"]!), run.Context.Where(static line => !line.StartsWith("{\"role\":\"user\"", StringComparison.Ordinal)).Select(VectorText.Normalise));
        Assert.Equal(vector.Expected["requests"]!.GetValue<int>(), run.Server.Requests.Count);
    }

    private static void CheckError(Vector vector, VectorRun run)
    {
        JsonObject expected = vector.Expected;
        Assert.Equal(expected["requests"]!.GetValue<int>(), run.Server.Requests.Count);
        if (expected["sdk_retry_counts"] is JsonNode counts)
        {
            Assert.Equal(counts.GetValue<string>(), string.Concat(run.Server.Requests.Select(static request => request.Header("x-stainless-retry-count"))));
        }

        if (expected["request_lines"] is JsonArray lines)
        {
            Assert.Equal(lines.Select(static line => line!.GetValue<string>()), run.Server.Requests.Select(static request => $"{request.Method} {request.Path}"));
        }

        if (expected["authorization"] is JsonArray keys)
        {
            Assert.Equal(
                keys.Select(static key => key!.GetValue<string>().Replace("<api_key of the entry>", "<key>", StringComparison.Ordinal)),
                run.Server.Requests.Select(static request => request.Header("Authorization")));
        }

        if (vector.IsPrintMode)
        {
            // What print mode prints is compared with the executable; its exit code follows from the outcome.
            Assert.Equal(expected["exit"]!.GetValue<int>(), run.ExitCode);
            return;
        }

        string[] retries = [.. run.Events.Where(static e => e[0]!.GetValue<string>() == "StepRetry").Select(static e =>
            $"{e[1]!["next_attempt"]}/{e[1]!["max_attempts"]} {e[1]!["error_type"]} {e[1]!["status_code"]?.ToString() ?? "None"}")];
        if (expected["retries"] is JsonArray recorded)
        {
            Assert.Equal(recorded.Select(static retry => retry!.GetValue<string>()), retries);
        }

        if (expected["events"] is JsonArray events)
        {
            Assert.Equal(
                events.Select(static e => e!.GetValue<string>()).Order(StringComparer.Ordinal),
                run.Events.Select(static e => e[0]!.GetValue<string>()).Where(static type => type != "response").Order(StringComparer.Ordinal));
        }

        if (expected["context"] is JsonNode context)
        {
            Assert.Equal(Lines(context), run.Context.Select(VectorText.Normalise));
        }

        CheckOutcomes(vector, run);
        CheckWaits(vector, run);
    }

    private static void CheckWaits(Vector vector, VectorRun run)
    {
        List<double> outer = [];
        foreach (JsonNode retry in run.Events.Where(static e => e[0]!.GetValue<string>() == "StepRetry"))
        {
            int attempt = retry[1]!["next_attempt"]!.GetValue<int>() - 1;
            double first = 0.3 * Math.Pow(2, attempt - 1);
            outer.Add(retry[1]!["wait_s"]!.GetValue<double>());
            Assert.InRange(outer[^1], first, Math.Min(5, first + 0.5));
        }

        if (vector.Name.Contains("compaction", StringComparison.Ordinal))
        {
            return; // its waits show in no event
        }

        // Between two requests: an inner wait, as the server asks or by the rule; the wait of an event; or none, at an immediate repeat.
        double[] waits = [.. run.Time.Waits.Where(static wait => wait <= TimeSpan.FromSeconds(60)).Select(static wait => wait.TotalSeconds)];
        JsonNode[] received = [.. vector.Received()];
        IReadOnlyList<RecordedRequest> requests = run.Server.Requests;
        int next = 0;
        int shown = 0;
        for (int i = 0; i + 1 < requests.Count; i++)
        {
            if (requests[i + 1].Header("x-stainless-retry-count") is not "0" and string && requests[i + 1].Path == requests[i].Path)
            {
                JsonObject headers = (received[Math.Min(i, received.Length - 1)] as JsonObject)?["headers"] as JsonObject ?? [];
                (double least, double most) = InnerWait(headers, int.Parse(requests[i].Header("x-stainless-retry-count")!, CultureInfo.InvariantCulture));
                Assert.InRange(waits[next++], least, most);
            }
            else if (shown < outer.Count && next < waits.Length && Math.Abs(outer[shown] - waits[next]) < 0.002)
            {
                next++;
                shown++;
            }
        }
    }

    private static (double Least, double Most) InnerWait(JsonObject headers, int repeat)
    {
        foreach ((string name, double unit) in new[] { ("retry-after-ms", 0.001), ("retry-after", 1) })
        {
            if (headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?.ToString() is not string value)
            {
                continue;
            }

            if (value.StartsWith('<'))
            {
                return (0, 2.1); // a date, two seconds from now
            }

            if (double.TryParse(value, CultureInfo.InvariantCulture, out double number) && number * unit is > 0 and <= 60)
            {
                return (number * unit, number * unit);
            }
        }

        return repeat == 0 ? (0.375, 0.5) : (0.75, 1);
    }

    private static void CheckOutcomes(Vector vector, VectorRun run)
    {
        if (vector.Expected["outcome"] is JsonArray outcomes)
        {
            Assert.Equal(outcomes.Select(outcome => VectorText.Normalise(run.Setup.Localise(outcome!.ToJsonString()))), run.Outcomes.Select(static outcome => outcome.ToJsonString()));
        }
    }

    private static IEnumerable<string> Lines(JsonNode lines) => lines.AsArray().Select(static line => VectorText.Normalise(VectorText.Expand(line!.GetValue<string>())));
}
