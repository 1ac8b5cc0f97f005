using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kimi.Testing;

/// <summary>A SOCKS 5 proxy on loopback (RFC 1928, and user names by RFC 1929), which takes down who went where.</summary>
public sealed class SocksServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly List<string> _connections = [];

    public SocksServer()
    {
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Host and port.</summary>
    public string Authority => _listener.LocalEndpoint.ToString()!;

    /// <summary>Each connection as <c>user:password@host:port</c>.</summary>
    public IReadOnlyList<string> Connections
    {
        get
        {
            lock (_lock)
            {
                return [.. _connections];
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the test has ended
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                string user = await GreetAsync(stream).ConfigureAwait(false);
                byte[] head = await ReadAsync(stream, 4).ConfigureAwait(false);
                string host = head[3] switch
                {
                    1 => new IPAddress(await ReadAsync(stream, 4).ConfigureAwait(false)).ToString(),
                    3 => Encoding.ASCII.GetString(await ReadAsync(stream, (await ReadAsync(stream, 1).ConfigureAwait(false))[0]).ConfigureAwait(false)),
                    _ => new IPAddress(await ReadAsync(stream, 16).ConfigureAwait(false)).ToString(),
                };
                int port = BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(stream, 2).ConfigureAwait(false));
                lock (_lock)
                {
                    _connections.Add($"{user}@{host}:{port}");
                }

                using TcpClient target = new();
                await target.ConnectAsync(host, port).ConfigureAwait(false);
                await stream.WriteAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }).ConfigureAwait(false);
                await Task.WhenAny(stream.CopyToAsync(target.GetStream()), target.GetStream().CopyToAsync(stream)).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // one side has gone
            }
        }
    }

    private static async Task<string> GreetAsync(NetworkStream stream)
    {
        byte[] head = await ReadAsync(stream, 2).ConfigureAwait(false);
        byte[] methods = await ReadAsync(stream, head[1]).ConfigureAwait(false);
        byte method = methods.Contains((byte)2) ? (byte)2 : (byte)0;
        await stream.WriteAsync(new byte[] { 5, method }).ConfigureAwait(false);
        if (method == 0)
        {
            return "";
        }

        byte[] name = await ReadAsync(stream, (await ReadAsync(stream, 2).ConfigureAwait(false))[1]).ConfigureAwait(false);
        byte[] password = await ReadAsync(stream, (await ReadAsync(stream, 1).ConfigureAwait(false))[0]).ConfigureAwait(false);
        await stream.WriteAsync(new byte[] { 1, 0 }).ConfigureAwait(false);
        return $"{Encoding.UTF8.GetString(name)}:{Encoding.UTF8.GetString(password)}";
    }

    private static async Task<byte[]> ReadAsync(NetworkStream stream, int count)
    {
        byte[] bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
        return bytes;
    }
}
