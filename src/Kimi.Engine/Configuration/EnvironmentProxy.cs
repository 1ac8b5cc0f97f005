using System.Net;

namespace Kimi.Engine.Configuration;

/// <summary>
/// The proxies that the environment names, where one of them is written <c>socks://</c>, which means <c>socks5://</c> and which
/// the framework does not know.
/// </summary>
public sealed class EnvironmentProxy : IWebProxy, ICredentials
{
    private const string Socks = "socks://";
    private static readonly string[] s_names = ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"];

    private readonly Dictionary<string, (Uri Address, NetworkCredential? Credential)> _proxies = [];
    private readonly string[] _bypassed;

    private EnvironmentProxy(EnvironmentSource environment)
    {
        Add(Uri.UriSchemeHttp, Find(environment, "HTTP_PROXY") ?? Find(environment, "ALL_PROXY"));
        Add(Uri.UriSchemeHttps, Find(environment, "HTTPS_PROXY") ?? Find(environment, "ALL_PROXY"));
        _bypassed = (Find(environment, "NO_PROXY") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>A user name and a password in an address stand for themselves.</summary>
    public ICredentials? Credentials
    {
        get => this;
        set => throw new NotSupportedException("The environment names the credentials of its proxies.");
    }

    /// <summary>The proxies of an environment that names one with <c>socks://</c>; null for any other, which the framework reads itself.</summary>
    public static EnvironmentProxy? ForSocks(EnvironmentSource environment)
    {
        foreach (string name in s_names)
        {
            if (IsSocks(Find(environment, name)))
            {
                return new EnvironmentProxy(environment);
            }
        }

        return null;
    }

    /// <summary>Writes <c>socks5://</c> into the variables themselves, for the programs that a process starts. Only for a process of our own.</summary>
    /// <param name="environment">Where to look.</param>
    /// <param name="set">Sets a variable.</param>
    public static void Rewrite(EnvironmentSource environment, Action<string, string> set)
    {
        foreach (string upper in s_names)
        {
            RewriteOne(upper);
            RewriteOne(upper.ToLowerInvariant());
        }

        void RewriteOne(string name)
        {
            if (environment[name] is string value && IsSocks(value))
            {
                set(name, "socks5://" + value[Socks.Length..]);
            }
        }
    }

    /// <inheritdoc/>
    public Uri? GetProxy(Uri destination) => _proxies.TryGetValue(destination.Scheme, out (Uri Address, NetworkCredential? Credential) proxy) ? proxy.Address : null;

    /// <inheritdoc/>
    public bool IsBypassed(Uri host)
    {
        if (!_proxies.ContainsKey(host.Scheme))
        {
            return true;
        }

        foreach (string entry in _bypassed)
        {
            string domain = entry.TrimStart('.');
            if (entry == "*" || host.Host.Equals(domain, StringComparison.OrdinalIgnoreCase)
                || host.Host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public NetworkCredential? GetCredential(Uri uri, string authType)
    {
        foreach ((Uri address, NetworkCredential? credential) in _proxies.Values)
        {
            if (address == uri)
            {
                return credential;
            }
        }

        return null;
    }

    private static string? Find(EnvironmentSource environment, string name) => environment[name.ToLowerInvariant()] ?? environment[name];

    private static bool IsSocks(string? value) => value is not null && value.StartsWith(Socks, StringComparison.OrdinalIgnoreCase);

    private void Add(string scheme, string? value)
    {
        if (value is null)
        {
            return;
        }

        string text = IsSocks(value) ? "socks5://" + value[Socks.Length..] : value.Contains("://", StringComparison.Ordinal) ? value : "http://" + value;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address))
        {
            return; // as the framework treats a variable that is no address
        }

        string[] user = address.UserInfo.Split(':', 2);
        NetworkCredential? credential = address.UserInfo.Length == 0 ? null
            : new NetworkCredential(Uri.UnescapeDataString(user[0]), user.Length > 1 ? Uri.UnescapeDataString(user[1]) : "");
        _proxies[scheme] = (new UriBuilder(address) { UserName = "", Password = "" }.Uri, credential);
    }
}
