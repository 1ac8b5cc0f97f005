using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Asks the user to authorize in a browser, and takes the answer on a loopback address.</summary>
internal sealed class McpBrowserLogin : IDisposable
{
    /// <summary>How long the user may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(300);

    private readonly Func<Uri, CancellationToken, Task> _open;
    private readonly HttpListener _listener = new();

    /// <summary>Reserves a free port.</summary>
    /// <param name="open">Shows an address to the user; the system's browser when null.</param>
    public McpBrowserLogin(Func<Uri, CancellationToken, Task>? open = null)
    {
        _open = open ?? OpenBrowserAsync;
        int port = FreePort();
        RedirectUri = new Uri($"http://localhost:{port}/callback");
        _listener.Prefixes.Add($"http://localhost:{port}/");
        _listener.Start();
    }

    /// <summary>What the authorization server answered.</summary>
    public sealed record Answer(string Code, string? State, string? Issuer);

    /// <summary>Where the answer is expected.</summary>
    public Uri RedirectUri { get; }

    /// <summary>Whether a client that the server has forgotten is to be noticed before the user sees an error page.</summary>
    public bool ChecksRegistration { get; set; }

    /// <summary>Shows the address and waits for the answer.</summary>
    /// <exception cref="StaleRegistrationException">The server does not know the client (any more).</exception>
    public async Task<Answer> AskAsync(Uri authorization, CancellationToken cancellationToken)
    {
        if (ChecksRegistration)
        {
            await CheckRegistrationAsync(authorization, cancellationToken).ConfigureAwait(false);
        }

        using CancellationTokenSource timeout = new(Patience);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        await _open(authorization, stop.Token).ConfigureAwait(false);
        while (true)
        {
            HttpListenerContext request;
            try
            {
                request = await _listener.GetContextAsync().WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"No authorization within {Patience.TotalSeconds:0} seconds");
            }

            if (request.Request.Url?.AbsolutePath != RedirectUri.AbsolutePath)
            {
                Respond(request, HttpStatusCode.NotFound, "Nothing here.");
                continue;
            }

            System.Collections.Specialized.NameValueCollection query = request.Request.QueryString;
            if (query["code"] is { Length: > 0 } code)
            {
                Respond(request, HttpStatusCode.OK, "Authorized. You can close this window.");
                return new Answer(code, query["state"], query["iss"]);
            }

            Respond(request, HttpStatusCode.BadRequest, "The authorization was not given. You can close this window.");
            throw new McpUnauthorizedException(query["error_description"] ?? query["error"] ?? "the authorization was not given");
        }
    }

    public void Dispose() => _listener.Close();

    private static async Task CheckRegistrationAsync(Uri authorization, CancellationToken cancellationToken)
    {
        using SocketsHttpHandler handler = new() { AllowAutoRedirect = false };
        using HttpClient client = new(handler) { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using HttpResponseMessage response = await client.GetAsync(authorization, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.BadRequest)
            {
                throw new StaleRegistrationException();
            }
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The browser will show what is wrong.
        }
    }

    private static void Respond(HttpListenerContext context, HttpStatusCode status, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes($"<!doctype html><meta charset=\"utf-8\"><title>Kimi</title><p>{text}</p>");
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Close(body, willBlock: false);
    }

    private static int FreePort()
    {
        using TcpListener probe = new(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    internal static Task OpenBrowserAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            ProcessStartInfo start = OperatingSystem.IsWindows()
                ? new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true }
                : new ProcessStartInfo(OperatingSystem.IsMacOS() ? "open" : "xdg-open", [address.AbsoluteUri])
                {
                    RedirectStandardError = true,
                    RedirectStandardOutput = true,
                };
            using Process? process = Process.Start(start);
        }
        catch (Win32Exception e)
        {
            throw new McpUnauthorizedException($"no browser could be opened for {address}", e);
        }

        return Task.CompletedTask;
    }
}

/// <summary>The authorization server has forgotten the client; it must be registered anew.</summary>
internal sealed class StaleRegistrationException() : Exception("the client registration is no longer known");
