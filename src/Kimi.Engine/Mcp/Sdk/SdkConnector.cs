using System.Diagnostics;
using Kimi.Engine.Configuration;
using ModelContextProtocol;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>What connections need.</summary>
internal sealed class SdkConnectorOptions
{
    public required EnvironmentSource Environment { get; init; }

    public string? WorkDirectory { get; init; }

    public required Action<string, string> Log { get; init; }

    public required McpTokenStore Tokens { get; init; }

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Asks the user in a browser; without it nobody is asked.</summary>
    public McpBrowserLogin? Login { get; init; }
}

/// <summary>Connects with the official library. Nothing of it is loaded before the first server is connected.</summary>
internal sealed class SdkConnector(SdkConnectorOptions options) : IMcpConnector
{
    // Servers that drop unknown requests make the first contact wait this long.
    private static readonly TimeSpan s_probeTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_endPatience = TimeSpan.FromMilliseconds(300);

    public async Task<IMcpConnection> ConnectAsync(McpServerConfig server, Action toolsChanged, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return await ConnectAsync(server, toolsChanged, s_probeTimeout, cancellationToken).ConfigureAwait(false);
        }
        catch (McpProtocolException e) when (Stopwatch.GetElapsedTime(start) >= s_probeTimeout)
        {
            // A server of a newer revision that started too slowly to answer the first contact in time refuses the older way.
            options.Log("Debug", $"MCP server '{server.Name}' is tried again, with more patience: {McpText.OneLine(e.Message, 500)}");
        }

        return await ConnectAsync(server, toolsChanged, options.ConnectTimeout, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IMcpConnection> ConnectAsync(McpServerConfig server, Action toolsChanged, TimeSpan probeTimeout, CancellationToken cancellationToken)
    {
        McpServerProcess? process = null;
        HttpClientTransport? remote = null;
        var calls = new PendingCalls();
        try
        {
            IClientTransport transport;
            if (server.IsRemote)
            {
                transport = remote = Remote(server, calls);
            }
            else
            {
                process = await McpServerProcess.StartAsync(
                    server, options.Environment, options.WorkDirectory,
                    line => options.Log("Debug", $"MCP server '{server.Name}': {McpText.OneLine(line, 2000)}"), cancellationToken).ConfigureAwait(false);
                transport = new StreamClientTransport(process.Input, new AnswerStream(process.Output, MessageFraming.Lines, calls));
            }

            McpClient client = await McpClient.CreateAsync(new CallNotingTransport(transport, calls), ClientOptions(toolsChanged, probeTimeout), loggerFactory: null, cancellationToken).ConfigureAwait(false);
            var connection = new SdkConnection(server, client, process, remote, calls, options.Log);
            connection.ListenForChanges();
            return connection;
        }
        catch (Exception e)
        {
            string? reason = await CleanUpAsync(process, remote, cancellationToken.IsCancellationRequested).ConfigureAwait(false);
            if (Unauthorized(e) is { } unauthorized)
            {
                throw new McpUnauthorizedException(unauthorized.Message, e);
            }

            if (reason is not null && e is not OperationCanceledException)
            {
                throw new IOException(reason, e);
            }

            throw;
        }
    }

    private static async Task<string?> CleanUpAsync(McpServerProcess? process, HttpClientTransport? remote, bool isGivenUp)
    {
        string? reason = null;
        if (process is not null)
        {
            reason = isGivenUp ? null : await process.EndReasonAsync(s_endPatience).ConfigureAwait(false);
            await process.DisposeAsync().ConfigureAwait(false);
        }

        if (remote is not null)
        {
            await remote.DisposeAsync().ConfigureAwait(false);
        }

        return reason;
    }

    private static McpUnauthorizedException? Unauthorized(Exception? e)
    {
        for (; e is not null; e = e.InnerException)
        {
            if (e is McpUnauthorizedException unauthorized)
            {
                return unauthorized;
            }
        }

        return null;
    }

    private McpClientOptions ClientOptions(Action toolsChanged, TimeSpan probeTimeout) => new()
    {
        ClientInfo = new Implementation { Name = "kimi", Version = EngineInfo.Version },
        InitializationTimeout = options.Login is null ? options.ConnectTimeout : McpBrowserLogin.Patience + options.ConnectTimeout,
        DiscoverProbeTimeout = probeTimeout,
        Handlers = new McpClientHandlers
        {
            // Nobody is there who could fill in a form.
            ElicitationHandler = static (_, _) => new ValueTask<ElicitResult>(new ElicitResult { Action = "decline" }),
            NotificationHandlers =
            [
                new(NotificationMethods.ToolListChangedNotification, (_, _) =>
                {
                    toolsChanged();
                    return default;
                }),
            ],
        },
    };

    private HttpClientTransport Remote(McpServerConfig server, PendingCalls calls)
    {
        var headers = new Dictionary<string, string>(server.Headers, StringComparer.OrdinalIgnoreCase);
        if (server.BearerToken is string token)
        {
            headers["Authorization"] = "Bearer " + token;
        }

        return new HttpClientTransport(new HttpClientTransportOptions
        {
            Name = server.Name,
            Endpoint = new Uri(server.Url),
            TransportMode = server.Transport == McpTransport.Sse ? HttpTransportMode.Sse : HttpTransportMode.StreamableHttp,
            AdditionalHeaders = headers,
            ConnectionTimeout = options.ConnectTimeout,
            OAuth = server.UsesOAuth ? OAuth(server) : null,
        }, McpHttpHandler.Client(server, calls), loggerFactory: null, ownsHttpClient: true);
    }

    private ClientOAuthOptions OAuth(McpServerConfig server)
    {
        Uri redirect = options.Login?.RedirectUri ?? new Uri("http://localhost:1/callback");
        return new ClientOAuthOptions
        {
            RedirectUri = redirect,
            DynamicClientRegistration = new DynamicClientRegistrationOptions { ClientName = McpTokenStore.ClientName },
            TokenCache = new SdkTokenCache(options.Tokens, server.Url, redirect.ToString()),
            AuthorizationCallbackHandler = async (context, cancellationToken) =>
            {
                if (options.Login is not { } login)
                {
                    throw new McpUnauthorizedException("not authorized");
                }

                McpBrowserLogin.Answer answer = await login.AskAsync(context.AuthorizationUri, cancellationToken).ConfigureAwait(false);
                return new AuthorizationResult { Code = answer.Code, State = answer.State, Iss = answer.Issuer };
            },
        };
    }
}
