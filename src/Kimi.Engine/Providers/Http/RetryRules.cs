using System.Globalization;

namespace Kimi.Engine.Providers.Http;

/// <summary>The rules of the inner retries: the ones below a provider, which no event shows.</summary>
internal static class RetryRules
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    /// <summary>Whether an answer with an error status asks for another try.</summary>
    public static bool ShouldRetry(HttpResponseMessage response) => HttpTransport.Header(response, "x-should-retry") switch
    {
        "true" => true,
        "false" => false,
        _ => (int)response.StatusCode is 408 or 409 or 429 or >= 500,
    };

    /// <summary>How long to wait before repeat <paramref name="repeat"/> (from 0).</summary>
    public static TimeSpan Wait(HttpResponseMessage? response, int repeat, TimeProvider time)
    {
        if (response is not null && Asked(response, time) is TimeSpan asked && asked > TimeSpan.Zero && asked <= s_longest)
        {
            return asked;
        }

        return TimeSpan.FromSeconds(Math.Min(0.5 * (1 << repeat), 8) * (1 - (0.25 * Random.Shared.NextDouble())));
    }

    private static TimeSpan? Asked(HttpResponseMessage response, TimeProvider time)
    {
        if (Number(HttpTransport.Header(response, "retry-after-ms")) is double milliseconds)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        string? after = HttpTransport.Header(response, "Retry-After");
        if (Number(after) is double seconds)
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParse(after, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
            ? date - time.GetUtcNow()
            : null;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && Math.Abs(number) < 1e9 ? number : null;
}
