using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Kimi.Testing.Vectors;

/// <summary>What a recorded exchange begins with: its configuration, files, variables and client tools, for one server and one set of directories.</summary>
public sealed class VectorSetup(Vector vector, string serverUrl, string home, string share, string work)
{
    private const string ResponseTools = """
        [{"name":"show_map","description":"Show a place on a map.","parameters":{"type":"object","properties":{"place":{"type":"string","description":"Name of the place"},"zoom":{"type":"integer"}},"required":["place"]}},
         {"name":"ring_bell","description":"Ring.","parameters":{"type":"object","properties":{}}}]
        """;

    /// <summary>Further arguments of the command line.</summary>
    public IReadOnlyList<string> Arguments { get; } = [.. (vector.Setup["args"] as JsonArray ?? []).Select(static argument => argument!.GetValue<string>())];

    /// <summary>The session to resume; null for a new one.</summary>
    public string? SessionId { get; } = vector.Setup.ContainsKey("stored_context") || vector.Name == "fixed-session" ? "vec-session" : null;

    /// <summary>Tools that the client registers; null for none.</summary>
    public JsonArray? ExternalTools { get; } =
        (vector.File.StartsWith("responses/", StringComparison.Ordinal) ? JsonNode.Parse(ResponseTools) : vector.Setup["external_tools"]) as JsonArray;

    /// <summary>The client that drives the session, as <c>initialize</c> names it; null for none.</summary>
    public JsonObject? Client { get; } = vector.Setup["initialize"]?["client"] as JsonObject;

    /// <summary>The prompts, or whole messages for the wire with a prompt in them.</summary>
    public IReadOnlyList<JsonNode> Turns { get; } =
        vector.Setup["print_mode_prompt"] is JsonNode prompt ? [prompt]
        : vector.Setup["turns"] is JsonArray turns ? [.. turns.Select(static turn => turn!)]
        : vector.Setup["send"] is JsonArray sent ? [.. sent.Select(static turn => turn!)]
        : [JsonValue.Create("Hi there")];

    /// <summary>Environment variables beside those of the directories.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment =>
        (vector.Setup["env"] as JsonObject ?? []).Select(variable => KeyValuePair.Create(variable.Key, Localise(variable.Value!.GetValue<string>())));

    /// <summary>A recorded text as it is with this server and these directories.</summary>
    public string Localise(string recorded) => VectorText.Expand(recorded)
        .Replace("<port>", new Uri(serverUrl).Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("<work_dir>", work, StringComparison.Ordinal)
        .Replace("<home>", home, StringComparison.Ordinal);

    /// <summary>Writes the agent file and everything else that has to be there; returns the agent file's path.</summary>
    /// <param name="sessionsFolder">The folder of the work directory's sessions, for a stored conversation.</param>
    public string WriteFiles(string sessionsFolder)
    {
        JsonObject setup = vector.Setup;
        File.WriteAllText(Path.Combine(home, "prompt.md"), setup["system_prompt"]?.GetValue<string>() ?? "You are a vector test bot.");
        string agent = Path.Combine(home, "agent.yaml");
        File.WriteAllText(agent, "version: 1\nagent:\n  name: vector\n  system_prompt_path: ./prompt.md\n  tools: [" + string.Join(", ", (setup["tools"] as JsonArray ?? []).Select(static tool => $"'{tool}'")) + "]\n");
        if (setup["files"]?["v.mp4"] is not null)
        {
            byte[] film = new byte[88];
            "\0\0\0\u0018ftypmp42\0\0\0\0mp42isom"u8.CopyTo(film);
            File.WriteAllBytes(Path.Combine(work, "v.mp4"), film);
        }

        if (vector.Name is "kimi/oauth-401-stored-token" or "kimi/oauth-401-print")
        {
            Directory.CreateDirectory(Path.Combine(share, "credentials"));
            File.WriteAllText(Path.Combine(share, "credentials", "kimi-code.json"), """{"access_token":"<stored access token>","token_type":"Bearer"}""");
        }

        if (setup["stored_context"] is JsonArray lines)
        {
            string directory = Path.Combine(sessionsFolder, SessionId!);
            Directory.CreateDirectory(directory);
            StringBuilder text = new();
            foreach (JsonNode? line in lines)
            {
                text.Append(VectorText.Expand(VectorText.Write(line!))).Append('\n');
            }

            File.WriteAllText(Path.Combine(directory, "context.jsonl"), text.ToString());
        }

        return agent;
    }

    /// <summary>The configuration.</summary>
    public JsonObject Configuration()
    {
        JsonObject setup = vector.Setup;
        string path = setup["base_url_path"]?.GetValue<string>() ?? (vector.Provider == "anthropic" ? "" : "/v1");
        JsonObject provider = new() { ["type"] = vector.Provider, ["base_url"] = serverUrl + path, ["api_key"] = "<key>" };
        foreach (KeyValuePair<string, JsonNode?> member in setup["provider_entry"] as JsonObject ?? [])
        {
            string? text = member.Value is JsonValue value && value.TryGetValue(out string? given) ? given : null;
            provider[member.Key] = text is null ? member.Value?.DeepClone()
                : text == "a closed port" ? $"http://127.0.0.1:{ClosedPort()}/v1"
                : Localise(text).Split(' ')[0];
        }

        JsonObject model = new() { ["provider"] = "p", ["model"] = setup["model"]?.GetValue<string>() ?? "test-model", ["max_context_size"] = 200000 };
        foreach (KeyValuePair<string, JsonNode?> member in setup["model_entry"] as JsonObject ?? [])
        {
            model[member.Key] = member.Value?.DeepClone();
        }

        JsonObject config = new()
        {
            ["default_model"] = "m",
            ["telemetry"] = false,
            ["models"] = new JsonObject { ["m"] = model },
            ["providers"] = new JsonObject { ["p"] = provider },
        };
        foreach (KeyValuePair<string, JsonNode?> member in setup["config"] as JsonObject ?? [])
        {
            config[member.Key] = member.Value?.DeepClone();
        }

        return config;
    }

    private static int ClosedPort()
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
