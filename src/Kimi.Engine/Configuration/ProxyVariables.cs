namespace Kimi.Engine.Configuration;

/// <summary>Proxy variables, made readable for HTTP clients: <c>socks://</c> means <c>socks5://</c>.</summary>
public static class ProxyVariables
{
    private static readonly string[] s_names = ["ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"];

    /// <summary>Hands out the variables that must change; a face calls this once, before the first request.</summary>
    /// <param name="environment">Where to look.</param>
    /// <param name="set">Sets a variable.</param>
    public static void Rewrite(EnvironmentSource environment, Action<string, string> set)
    {
        const string Socks = "socks://";
        foreach (string upper in s_names)
        {
            RewriteOne(upper);
            RewriteOne(upper.ToLowerInvariant());
        }

        void RewriteOne(string name)
        {
            if (environment[name] is string value && value.StartsWith(Socks, StringComparison.OrdinalIgnoreCase))
            {
                set(name, "socks5://" + value[Socks.Length..]);
            }
        }
    }
}
