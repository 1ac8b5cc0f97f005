using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>What <c>kimi mcp add</c> was given.</summary>
public sealed record McpAddRequest
{
    /// <summary>Name of the server.</summary>
    public required string Name { get; init; }

    /// <summary>The address, or the command and its arguments.</summary>
    public IReadOnlyList<string> Target { get; init; } = [];

    /// <summary><c>stdio</c> or <c>http</c>.</summary>
    public string Transport { get; init; } = "stdio";

    /// <summary><c>KEY=VALUE</c> each.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary><c>KEY:VALUE</c> each.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    /// <summary>Kind of authorization; null for none.</summary>
    public string? Auth { get; init; }
}

/// <summary>
/// The work of <c>kimi mcp</c>: each command writes its lines and returns the exit code. A file that cannot be read is a
/// <see cref="McpConfigException"/>, an error of usage.
/// </summary>
/// <param name="share">Where the file and the tokens are.</param>
/// <param name="output">Takes a line of standard output.</param>
/// <param name="error">Takes a line of standard error.</param>
public sealed class McpCommands(ShareDirectory share, Action<string> output, Action<string> error)
{
    private const int Failed = 1;

    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(60);

    private readonly McpTokenStore _tokens = new(share.McpOAuthDirectory);

    /// <summary>The environment that processes of servers get a safe part of.</summary>
    public EnvironmentSource Environment { get; init; } = EnvironmentSource.Process;

    /// <summary>Log lines: level and text.</summary>
    public Action<string, string> Log { get; init; } = static (_, _) => { };

    /// <summary>Shows an address to the user; the system's browser when null.</summary>
    public Func<Uri, CancellationToken, Task>? OpenBrowser { get; init; }

    /// <summary>Adds a server, or replaces the one of its name.</summary>
    public int Add(McpAddRequest request)
    {
        McpConfigFile.Load(share); // a file that cannot be used comes first
        if (Check(request) is string fault)
        {
            return Fail(fault);
        }

        if (!TryPairs(request.Environment, '=', "env", "KEY=VALUE", false, out List<KeyValuePair<string, string>> environment, out fault)
            || !TryPairs(request.Headers, ':', "header", "KEY:VALUE", true, out List<KeyValuePair<string, string>> headers, out fault))
        {
            return Fail(fault);
        }

        JsonWriter writer = new();
        writer.BeginObject();
        if (request.Transport == "stdio")
        {
            writer.Member("command"u8, request.Target[0]);
            writer.Name("args"u8);
            writer.BeginArray();
            foreach (string argument in request.Target.Skip(1))
            {
                writer.Text(argument);
            }

            writer.EndArray();
            WriteMap(writer, "env", environment);
        }
        else
        {
            writer.Member("url"u8, request.Target[0]);
            writer.Member("transport"u8, "http");
            WriteMap(writer, "headers", headers);
            if (!string.IsNullOrEmpty(request.Auth))
            {
                writer.Member("auth"u8, request.Auth);
            }
        }

        writer.EndObject();
        McpConfigFile.Change(share, file => file.Set(request.Name, LenientJson.Parse(writer.ToArray())));
        output($"Added MCP server '{request.Name}' to {share.McpFile}.");
        return 0;
    }

    /// <summary>Removes a server.</summary>
    public int Remove(string name)
    {
        if (!McpConfigFile.Load(share).TryGet(name, out _))
        {
            return NotFound(name);
        }

        McpConfigFile.Change(share, file => file.Remove(name));
        output($"Removed MCP server '{name}' from {share.McpFile}.");
        return 0;
    }

    /// <summary>Lists the servers.</summary>
    public int List()
    {
        McpConfigFile file = McpConfigFile.Load(share);
        output($"MCP config file: {file.Path}");
        bool any = false;
        foreach ((string name, JsonElement entry) in file.Servers)
        {
            any = true;
            output(Line(name, entry).TrimEnd());
        }

        if (!any)
        {
            output("No MCP servers configured.");
        }

        return 0;
    }

    /// <summary>Connects to a server and lists its tools.</summary>
    public async Task<int> TestAsync(string name, CancellationToken cancellationToken)
    {
        if (McpConfigFile.Load(share).Find(name) is not { } server)
        {
            return NotFound(name);
        }

        output($"Testing connection to '{name}'...");
        try
        {
            IReadOnlyList<McpTool> tools = await ListToolsAsync(server, null, cancellationToken).ConfigureAwait(false);
            output($"✓ Connected to '{name}'");
            output(string.Create(CultureInfo.InvariantCulture, $"  Available tools: {tools.Count}"));
            if (tools.Count > 0)
            {
                output("  Tools:");
            }

            foreach (McpTool tool in tools)
            {
                string description = CodePoints.Count(tool.Description) > 50 ? CodePoints.Take(tool.Description, 47) + "..." : tool.Description;
                output($"    - {McpText.OneLine(tool.Name, 500)}: {McpText.Printable(description)}");
            }

            return 0;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail($"✗ Connection failed: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Authorizes a server in a browser.</summary>
    public async Task<int> AuthorizeAsync(string name, CancellationToken cancellationToken)
    {
        if (Remote(name, out int code) is not { } server)
        {
            return code;
        }

        if (!server.UsesOAuth)
        {
            return Fail($"MCP server '{name}' does not use OAuth. Add with --auth oauth.");
        }

        output($"Authorizing with '{name}'...");
        output("A browser window will open for authorization.");
        try
        {
            IReadOnlyList<McpTool> tools = await SignInAsync(server, cancellationToken).ConfigureAwait(false);
            output($"Successfully authorized with '{name}'.");
            output(string.Create(CultureInfo.InvariantCulture, $"Available tools: {tools.Count}"));
            return 0;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail($"Authorization failed: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Forgets the authorization of a server.</summary>
    public int ResetAuthorization(string name)
    {
        if (Remote(name, out int code) is not { } server)
        {
            return code;
        }

        try
        {
            _tokens.Clear(server.Url);
            output($"OAuth tokens cleared for '{name}'.");
            return 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Fail($"Failed to clear tokens: {e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Opens the system's browser.</summary>
    public static Task OpenInBrowserAsync(Uri address) => McpBrowserLogin.OpenBrowserAsync(address, CancellationToken.None);

    /// <summary>Whether tokens are kept for a server.</summary>
    public static bool IsAuthorized(ShareDirectory share, McpServerConfig server) => new McpTokenStore(share.McpOAuthDirectory).HasTokens(server.Url);

    /// <summary>Authorizes a server in a browser; gives its tools.</summary>
    public async Task<IReadOnlyList<McpTool>> SignInAsync(McpServerConfig server, CancellationToken cancellationToken)
    {
        bool isKnownClient = _tokens.Load(server.Url)?.ClientId is not null;
        try
        {
            using McpBrowserLogin login = new(OpenBrowser) { ChecksRegistration = isKnownClient };
            return await ListToolsAsync(server, login, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (isKnownClient && IsStale(e))
        {
            _tokens.Clear(server.Url);
            using McpBrowserLogin login = new(OpenBrowser);
            return await ListToolsAsync(server, login, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<McpTool>> ListToolsAsync(McpServerConfig server, McpBrowserLogin? login, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(login is null ? s_connectTimeout : s_connectTimeout + McpBrowserLogin.Patience);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        var connector = new Sdk.SdkConnector(new Sdk.SdkConnectorOptions { Environment = Environment, Log = Log, Tokens = _tokens, Login = login, ConnectTimeout = s_connectTimeout });
        try
        {
            IMcpConnection connection = await connector.ConnectAsync(server, static () => { }, stop.Token).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                return await connection.ListToolsAsync(stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new TimeoutException("the server did not answer in time");
        }
    }

    private static bool IsStale(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is StaleRegistrationException)
            {
                return true;
            }
        }

        return false;
    }

    private McpServerConfig? Remote(string name, out int code)
    {
        McpConfigFile file = McpConfigFile.Load(share);
        code = 0;
        if (!file.TryGet(name, out JsonElement entry))
        {
            code = NotFound(name);
            return null;
        }

        if (!entry.TryMember("url", out _))
        {
            code = Fail($"MCP server '{name}' is not a remote server.");
            return null;
        }

        return file.Find(name);
    }

    private string Line(string name, JsonElement entry)
    {
        if (entry.StringOrNull("command") is string command)
        {
            IEnumerable<string> arguments = entry.TryMember("args", out JsonElement args) && args.ValueKind == JsonValueKind.Array
                ? args.EnumerateArray().Select(static item => item.ValueKind == JsonValueKind.String ? item.ReadString() : item.GetRawText())
                : [];
            return $"  {name} (stdio): {command} {string.Join(' ', arguments)}";
        }

        if (entry.StringOrNull("url") is string url)
        {
            string transport = entry.StringOrNull("transport") ?? "http";
            string line = $"  {name} ({(transport == "streamable-http" ? "http" : transport)}): {url}";
            return entry.StringOrNull("auth") == "oauth" && !_tokens.HasTokens(url) ? $"{line} [authorization required - run: kimi mcp auth {name}]" : line;
        }

        JsonWriter writer = new();
        writer.Element(entry);
        return $"  {name}: {writer}";
    }

    private static string? Check(McpAddRequest request)
    {
        switch (request.Transport)
        {
            case "stdio":
                return request.Target.Count == 0 ? "For stdio transport, provide the command to start the MCP server after `--`."
                    : request.Headers.Count > 0 ? "--header is only valid for http transport."
                    : !string.IsNullOrEmpty(request.Auth) ? "--auth is only valid for http transport."
                    : null;
            case "http":
                return request.Environment.Count > 0 ? "--env is only supported for stdio transport."
                    : request.Target.Count == 0 ? "URL is required for http transport."
                    : request.Target.Count > 1 ? "Multiple targets provided. Supply a single URL for http transport."
                    : null;
            default:
                return $"Unsupported transport: {request.Transport}.";
        }
    }

    private static bool TryPairs(
        IReadOnlyList<string> items, char separator, string what, string form, bool trims, out List<KeyValuePair<string, string>> pairs, out string fault)
    {
        pairs = [];
        fault = "";
        foreach (string item in items)
        {
            int at = item.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0)
            {
                fault = $"Invalid {what} format: {item} (expected {form}).";
                return false;
            }

            string key = trims ? item[..at].Trim() : item[..at];
            if (key.Length == 0)
            {
                fault = $"Invalid {what} format: {item} (empty key).";
                return false;
            }

            string value = trims ? item[(at + 1)..].Trim() : item[(at + 1)..];
            pairs.RemoveAll(pair => pair.Key == key);
            pairs.Add(new KeyValuePair<string, string>(key, value));
        }

        return true;
    }

    private static void WriteMap(JsonWriter writer, string name, List<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        writer.Name(name);
        writer.BeginObject();
        foreach ((string key, string value) in pairs)
        {
            writer.Name(key);
            writer.Text(value);
        }

        writer.EndObject();
    }

    private int NotFound(string name) => Fail($"MCP server '{name}' not found.");

    private int Fail(string text)
    {
        error(text);
        return Failed;
    }
}
