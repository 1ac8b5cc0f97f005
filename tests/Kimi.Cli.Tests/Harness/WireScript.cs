using System.Text.Json;

namespace Kimi.Cli.Tests.Harness;

/// <summary>Plays the client's side of a recorded conversation, by the rules of the transcripts.</summary>
internal sealed class WireScript(KimiProcess process, string workDirectory)
{
    private readonly List<string> _requests = [];
    private string? _running;

    public async Task PlayAsync(JsonElement[] items)
    {
        HashSet<string> awaitedLater = [.. items.Where(static item => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("wait_response", out _)).Select(static item => item.GetProperty("wait_response").GetString()!)];
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind == JsonValueKind.Object)
            {
                await WaitAsync(items[i]);
                continue;
            }

            bool waitsNext = i + 1 < items.Length && items[i + 1].ValueKind == JsonValueKind.Object;
            await SendAsync(items[i].GetString()!, waitsNext, awaitedLater);
        }
    }

    private async Task WaitAsync(JsonElement item)
    {
        if (item.TryGetProperty("wait", out JsonElement type))
        {
            await UntilAsync(line => TypeOf(line) == type.GetString());
        }
        else
        {
            string id = item.GetProperty("wait_response").GetString()!;
            await UntilAsync(line => IdOfAnswer(line) == id);
        }
    }

    private async Task SendAsync(string text, bool waitsNext, HashSet<string> awaitedLater)
    {
        for (int n = _requests.Count; n > 0; n--)
        {
            text = text.Replace($"<req{n}>", _requests[n - 1], StringComparison.Ordinal);
        }

        text = text.Replace("<work_dir>", workDirectory, StringComparison.Ordinal);
        await process.SendLineAsync(text);
        string? id = null;
        string? method = null;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            id = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("id", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            method = id is not null && root.TryGetProperty("method", out JsonElement name) ? name.GetString() : null;
            if (id is not null && root.TryGetProperty("jsonrpc", out JsonElement version) && version.GetString() != "2.0")
            {
                id = method = null;
            }
        }
        catch (JsonException)
        {
            // answered by an error without an id
        }

        if (id is null)
        {
            await UntilAsync(static _ => true);
        }
        else if (method is null)
        {
            if (!waitsNext && _running is not null)
            {
                await UntilAsync(line => IdOfAnswer(line) == _running);
            }
        }
        else if (waitsNext || awaitedLater.Contains(id))
        {
            _running = method == "prompt" ? id : _running;
        }
        else
        {
            await UntilAsync(line => IdOfAnswer(line) == id);
        }
    }

    private Task<string> UntilAsync(Func<string, bool> condition) => process.ReadUntilAsync(line =>
    {
        if (line.StartsWith("{\"jsonrpc\":\"2.0\",\"method\":\"request\"", StringComparison.Ordinal))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            _requests.Add(document.RootElement.GetProperty("id").GetString()!);
        }

        return condition(line);
    });

    private static string? TypeOf(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty("params", out JsonElement parameters) ? parameters.GetProperty("type").GetString() : null;
    }

    private static string? IdOfAnswer(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty("method", out _) ? null : document.RootElement.GetProperty("id").GetString();
    }
}
