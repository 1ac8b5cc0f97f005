using System.Buffers;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Reads one JSON document of servers. All that is wrong is told at once.</summary>
internal static class McpConfigDocument
{
    private static readonly SearchValues<char> s_headerName = SearchValues.Create(
        "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");

    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 256 };

    /// <summary>Parses the text.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonElement Parse(ReadOnlyMemory<byte> utf8)
    {
        if (utf8.Span.StartsWith("\ufeff"u8))
        {
            utf8 = utf8[3..];
        }

        using JsonDocument document = JsonDocument.Parse(utf8, s_options);
        return document.RootElement.Clone();
    }

    /// <summary>The map of servers: <c>mcpServers</c>, or the document itself when it looks like one.</summary>
    public static JsonElement? ServerMap(JsonElement document, List<string> faults)
    {
        if (document.ValueKind != JsonValueKind.Object)
        {
            faults.Add("the document must be an object");
            return null;
        }

        if (document.TryGetProperty("mcpServers", out JsonElement servers))
        {
            if (servers.ValueKind != JsonValueKind.Object)
            {
                faults.Add("mcpServers must be an object");
                return null;
            }

            return servers;
        }

        bool isMap = document.EnumerateObject().Any(static member => member.Value.ValueKind == JsonValueKind.Object
            && (member.Value.TryGetProperty("command", out _) || member.Value.TryGetProperty("url", out _)));
        return isMap ? document : null;
    }

    /// <summary>Reads the servers of a document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="faults">Receives what is wrong.</param>
    public static List<McpServerConfig> Servers(JsonElement document, List<string> faults)
    {
        var servers = new List<McpServerConfig>();
        if (ServerMap(document, faults) is JsonElement map)
        {
            foreach (JsonProperty member in map.EnumerateObject())
            {
                if (Server(member.Name, member.Value, faults) is { } server)
                {
                    servers.Add(server);
                }
            }
        }

        return servers;
    }

    public static McpServerConfig? Server(string name, JsonElement entry, List<string> faults)
    {
        if (entry.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"server '{name}' must be an object");
            return null;
        }

        var reader = new EntryReader(name, entry, faults);
        bool isStdio = entry.TryGetProperty("command", out _);
        if (!isStdio && !entry.TryGetProperty("url", out _))
        {
            faults.Add($"server '{name}' needs a 'command' or a 'url'");
            return null;
        }

        string? transport = reader.Text("transport") ?? (isStdio ? reader.Text("type") : null);
        if (isStdio)
        {
            if (transport is not (null or "stdio"))
            {
                faults.Add($"server '{name}': transport '{transport}' does not go with a command");
            }

            return new McpServerConfig
            {
                Name = name,
                Transport = McpTransport.Stdio,
                Command = reader.Required("command"),
                Arguments = reader.List("args"),
                Environment = reader.Map("env"),
                WorkingDirectory = reader.Text("cwd"),
                Description = reader.Text("description"),
                Source = entry,
            };
        }

        string url = reader.Required("url");
        if (url.Length > 0 && !(Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
        {
            faults.Add($"server '{name}': url must be an http or https address");
        }

        string? auth = reader.Text("auth");
        Dictionary<string, string> headers = reader.Map("headers");
        foreach ((string header, string value) in headers)
        {
            if (header.Length == 0 || header.AsSpan().ContainsAnyExcept(s_headerName) || value.AsSpan().ContainsAny("\r\n\0"))
            {
                faults.Add($"server '{name}': headers.{McpText.OneLine(header, 100)} is no header: a name of letters, digits and hyphens, and a value in one line");
            }
        }

        return new McpServerConfig
        {
            Name = name,
            Transport = RemoteTransport(name, transport, url, faults),
            Url = url,
            Headers = headers,
            UsesOAuth = auth == "oauth",
            BearerToken = auth is null or "" or "oauth" ? null : auth,
            Description = reader.Text("description"),
            Source = entry,
        };
    }

    private static McpTransport RemoteTransport(string name, string? transport, string url, List<string> faults)
    {
        switch (transport)
        {
            case "http" or "streamable-http":
                return McpTransport.Http;
            case "sse":
                return McpTransport.Sse;
            case null:
                return LooksLikeSse(url) ? McpTransport.Sse : McpTransport.Http;
            default:
                faults.Add($"server '{name}': transport must be http, streamable-http or sse, not '{transport}'");
                return McpTransport.Http;
        }
    }

    /// <summary>Whether the path has a <c>/sse</c> that ends there.</summary>
    internal static bool LooksLikeSse(string url)
    {
        string path = Uri.TryCreate(url, UriKind.Absolute, out Uri? address) ? address.PathAndQuery : url;
        int query = path.IndexOf('?', StringComparison.Ordinal);
        string bare = query < 0 ? path : path[..query];
        for (int at = bare.IndexOf("/sse", StringComparison.Ordinal); at >= 0; at = bare.IndexOf("/sse", at + 1, StringComparison.Ordinal))
        {
            if (at + 4 == bare.Length || bare[at + 4] is '/' or '&')
            {
                return true;
            }
        }

        return false;
    }

    private readonly ref struct EntryReader(string name, JsonElement entry, List<string> faults)
    {
        public string Required(string member)
        {
            string? text = Text(member);
            if (string.IsNullOrEmpty(text) && !(entry.TryMember(member, out JsonElement value) && value.ValueKind != JsonValueKind.String))
            {
                faults.Add($"server '{name}': {member} is empty");
            }

            return text ?? "";
        }

        public string? Text(string member)
        {
            if (!entry.TryMember(member, out JsonElement value))
            {
                return null;
            }

            if (value.ValueKind != JsonValueKind.String)
            {
                faults.Add($"server '{name}': {member} must be a string");
                return null;
            }

            return value.ReadString();
        }

        public IReadOnlyList<string> List(string member)
        {
            if (!entry.TryMember(member, out JsonElement value))
            {
                return [];
            }

            if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String))
            {
                faults.Add($"server '{name}': {member} must be an array of strings");
                return [];
            }

            return [.. value.EnumerateArray().Select(static item => item.ReadString())];
        }

        public Dictionary<string, string> Map(string member)
        {
            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            if (!entry.TryMember(member, out JsonElement value))
            {
                return map;
            }

            if (value.ValueKind != JsonValueKind.Object)
            {
                faults.Add($"server '{name}': {member} must be an object");
                return map;
            }

            foreach (JsonProperty pair in value.EnumerateObject())
            {
                if (pair.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
                {
                    faults.Add($"server '{name}': {member}.{pair.Name} must be a string");
                }
                else
                {
                    map[pair.Name] = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.ReadString() : pair.Value.GetRawText();
                }
            }

            return map;
        }
    }
}
