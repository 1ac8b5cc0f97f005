using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kimi.Testing;
using Kimi.Testing.Vectors;

namespace Kimi.Cli.Tests.Vectors;

/// <summary>
/// The recorded exchanges on the real executable: every recorded print run with what it printed and its exit code, every failed
/// start, and of the wire runs one in eighty. All of them play through sessions in the engine's tests.
/// </summary>
public sealed partial class ExecutableVectorTests
{
    private const int EveryWireRun = 80;
    private static readonly string[] s_wireFiles =
    [
        "requests/kimi", "requests/openai_legacy", "requests/openai_responses", "requests/anthropic",
        "responses/kimi", "responses/openai_legacy", "responses/openai_responses", "responses/anthropic",
    ];

    [Fact]
    public Task Print_runs_print_and_end_as_recorded() => PlayAllAsync(
        Vector.Load("errors").Where(static vector => vector.Expected["stdout"] is not null),
        static (vector, run) =>
        {
            string expected = Clean(run.Setup.Localise(vector.Expected["stdout"]!.GetValue<string>()));
            string actual = Clean(run.Result.Output);
            if (expected.IndexOf("\nUnknown error: ", StringComparison.Ordinal) is int python and >= 0)
            {
                (expected, actual) = (expected[..python], actual[..Math.Min(python, actual.Length)]); // the rest is an exception of the original's language
            }

            Require(expected == actual, $"printed\n{actual}\ninstead of\n{expected}");
            Require(vector.Expected["exit"]!.GetValue<int>() == run.Result.ExitCode, $"exit code {run.Result.ExitCode}");
            CheckRequestCounts(vector, run);
        });

    [Fact]
    public Task Requests_of_print_runs_and_failed_starts_are_as_recorded() => PlayAllAsync(
        s_wireFiles[..4].SelectMany(Vector.Load).Where(static vector => vector.Expected["exit"] is not null),
        static (vector, run) =>
        {
            Require(vector.Expected["exit"]!.GetValue<int>() == run.Result.ExitCode, $"exit code {run.Result.ExitCode}: {run.Result.Error}");
            if (vector.Expected["stderr"] is JsonNode error)
            {
                // The first line is an exception of the original's language; ours names the variable.
                string[] expected = run.Setup.Localise(error.GetValue<string>()).Split('\n');
                string[] actual = run.Result.Error.ReplaceLineEndings("\n").Split('\n');
                Require(expected.Skip(1).SequenceEqual(actual.Skip(1)), $"standard error\n{run.Result.Error}");
                Require(run.Setup.Environment.Any(variable => actual[0].Contains(variable.Key, StringComparison.Ordinal)), $"standard error\n{run.Result.Error}");
            }

            CheckBodies(vector, run);
        });

    [Fact]
    public Task Wire_runs_are_as_recorded() => PlayAllAsync(
        s_wireFiles.SelectMany(Vector.Load)
            .Where(static vector => vector.Data.ContainsKey("expected") && vector.Expected["exit"] is null && !vector.Setup.ContainsKey("send") && vector.Name != "custom-user-agent-no-initialize")
            .Where(static (_, index) => index % EveryWireRun == 0),
        static (vector, run) =>
        {
            if (vector.Expected["events"] is JsonArray events)
            {
                string expected = run.Setup.Localise(VectorText.Canonical(events.Select(static e => e!)));
                string actual = VectorText.Canonical(run.Events);
                Require(VectorText.Matches(expected, actual), $"events\n{actual}\ninstead of\n{expected}");
                string[] lines = [.. vector.Expected["context"]!.AsArray().Select(static line => VectorText.Normalise(VectorText.Expand(line!.GetValue<string>())))];
                Require(lines.SequenceEqual(run.Context.Select(VectorText.Normalise)), $"context\n{string.Join('\n', run.Context)}\ninstead of\n{string.Join('\n', lines)}");
                CheckRequestCounts(vector, run);
            }
            else
            {
                CheckBodies(vector, run);
                string[] outcomes = [.. vector.Expected["outcome"]!.AsArray().Select(outcome => VectorText.Normalise(run.Setup.Localise(outcome!.ToJsonString())))];
                string[] answers = [.. run.Events.Where(static e => e[0]!.GetValue<string>() == "response").Select(static e => VectorText.Normalise(e[1]!.ToJsonString()))];
                Require(outcomes.SequenceEqual(answers), $"answers\n{string.Join('\n', answers)}\ninstead of\n{string.Join('\n', outcomes)}");
            }

            Require(run.Result.ExitCode == 0, $"exit code {run.Result.ExitCode}: {run.Result.Error}");
        });

    private static async Task PlayAllAsync(IEnumerable<Vector> vectors, Action<Vector, ExecutableRun> check)
    {
        Vector[] all = [.. vectors];
        Assert.True(all.Length > 5, $"only {all.Length} recordings");
        ConcurrentBag<string> wrong = [];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = Math.Max(4, 2 * Environment.ProcessorCount), CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(all, parallel, async (vector, _) =>
        {
            string? difference = null;
            try
            {
                await using ExecutableRun run = await ExecutableRun.PlayAsync(vector);
                check(vector, run);
            }
            catch (Exception e) when (e is DifferenceException or TimeoutException or InvalidOperationException)
            {
                difference = e.Message;
            }

            if (Differences.IsListed(vector.FullName))
            {
                difference = difference is null ? "is listed as a difference, but there is none" : null;
            }

            if (difference is not null)
            {
                wrong.Add($"{vector.FullName}: {difference}");
            }
        });
        Assert.True(wrong.IsEmpty, string.Join("\n\n", wrong.Order(StringComparer.Ordinal)));
    }

    // Short answers are recorded without their ids.
    private static string Clean(string printed) => MessageId().Replace(WaitTime().Replace(printed, "wait_s=<time>"), "message_id='<id>'");

    private static void CheckRequestCounts(Vector vector, ExecutableRun run)
    {
        IReadOnlyList<RecordedRequest> requests = run.Server.Requests;
        Require(vector.Expected["requests"]!.GetValue<int>() == requests.Count, $"{requests.Count} requests");
        string counts = string.Concat(requests.Select(static request => request.Header("x-stainless-retry-count")));
        Require(vector.Expected["sdk_retry_counts"] is not JsonNode expected || expected.GetValue<string>() == counts, $"retry counts {counts}");
        if (vector.Expected["authorization"] is JsonArray keys)
        {
            Require(keys.Select(static key => key!.GetValue<string>()).SequenceEqual(requests.Select(static request => request.Header("Authorization"))), "the keys sent");
        }
    }

    private static void CheckBodies(Vector vector, ExecutableRun run)
    {
        JsonArray sent = vector.Data["sent"]!.AsArray();
        Require(sent.Count == run.Server.Requests.Count, $"{run.Server.Requests.Count} requests");
        for (int i = 0; i < sent.Count; i++)
        {
            RecordedRequest request = run.Server.Requests[i];
            Require((sent[i]!["method"]!.GetValue<string>(), sent[i]!["path"]!.GetValue<string>()) == (request.Method, request.Path), $"{request.Method} {request.Path}");
            string expected = VectorText.CleanBody(run.Setup.Localise(sent[i]!["body"]!.GetValue<string>()), sent);
            string actual = VectorText.CleanBody(request.Text, sent);
            Require(VectorText.Matches(expected, actual), $"body\n{actual}\ninstead of\n{expected}");
        }
    }

    private static void Require(bool holds, string difference)
    {
        if (!holds)
        {
            throw new DifferenceException(difference);
        }
    }

    private sealed class DifferenceException(string message) : Exception(message);

    [GeneratedRegex("message_id='[^']*'")]
    private static partial Regex MessageId();

    [GeneratedRegex(@"wait_s=[0-9.e-]+")]
    private static partial Regex WaitTime();
}
