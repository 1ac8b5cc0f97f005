namespace Kimi.Engine.Providers;

/// <summary>The pieces of a <c>data:…;base64,…</c> address.</summary>
/// <param name="MediaType">The media type, such as <c>image/png</c>.</param>
/// <param name="Base64">The data.</param>
internal readonly record struct DataUrl(string MediaType, string Base64)
{
    /// <summary>Whether an address holds its data.</summary>
    public static bool Is(string url) => url.StartsWith("data:", StringComparison.Ordinal);

    /// <summary>Takes an address apart; null when it is no base64 data address.</summary>
    public static DataUrl? Parse(string url)
    {
        const string Marker = ";base64,";
        int at = Is(url) ? url.IndexOf(Marker, StringComparison.Ordinal) : -1;
        return at < 0 ? null : new DataUrl(url[5..at], url[(at + Marker.Length)..]);
    }
}
