namespace Kimi.PowerShell.Hosting;

/// <summary>Addresses and command lines as they may be shown: what looks like a secret is masked.</summary>
internal static class SecretText
{
    public const string Mask = Kimi.Engine.Text.SecretFilter.Mask;

    private static readonly string[] s_words = ["key", "token", "secret", "password", "auth", "credential"];

    /// <summary>Keys travel in addresses too: as user information, or as a value of the query.</summary>
    public static string MaskUrl(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) { return url; }
        int host = scheme + 3;
        int path = url.AsSpan(host).IndexOfAny('/', '?', '#');
        int end = path < 0 ? url.Length : host + path;
        int at = url.LastIndexOf('@', end - 1, end - host);
        if (at >= 0) { url = url[..host] + Mask + url[at..]; }
        int query = url.IndexOf('?', StringComparison.Ordinal);
        if (query < 0) { return url; }
        IEnumerable<string> pairs = url[(query + 1)..].Split('&').Select(pair =>
            pair.IndexOf('=', StringComparison.Ordinal) is >= 0 and int equals ? pair[..(equals + 1)] + Mask : pair);
        return url[..(query + 1)] + string.Join('&', pairs);
    }

    /// <summary>A command line; the values of options and variables with a telling name are masked.</summary>
    public static string MaskCommand(string command, IReadOnlyList<string> arguments)
    {
        List<string> shown = [Quote(command)];
        string option = "";
        foreach (string argument in arguments)
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            int colon = argument.IndexOf(':', StringComparison.Ordinal);
            bool isOption = argument.StartsWith('-');
            shown.Add(
                IsTelling(option) && !isOption ? Mask
                : equals > 0 && IsTelling(argument[..equals]) && !argument.Contains("://", StringComparison.Ordinal) ? argument[..(equals + 1)] + Mask
                : option is "--header" or "-H" && colon > 0 ? Quote(argument[..(colon + 1)] + ' ' + Mask)
                : Quote(MaskUrl(argument)));
            option = isOption && equals < 0 ? argument : "";
        }

        return string.Join(' ', shown);
    }

    /// <summary>Whether a name says that its value is a secret.</summary>
    public static bool IsTelling(string name) => Array.Exists(s_words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string Quote(string text) => text.Length == 0 || text.AsSpan().ContainsAny(" \"\t") ? '"' + text + '"' : text;
}
