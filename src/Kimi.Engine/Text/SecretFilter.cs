namespace Kimi.Engine.Text;

/// <summary>Takes known secrets out of texts that leave the process: logs, recordings, errors.</summary>
public sealed class SecretFilter
{
    /// <summary>What stands for a secret.</summary>
    public const string Mask = "******";

    // Shorter values are no secrets, and replacing them would garble ordinary words.
    private const int ShortestSecret = 6;

    private readonly Func<IEnumerable<string>> _read;
    private readonly Lock _refreshing = new();
    private volatile string[] _secrets = [];

    /// <summary>Makes a filter of secrets; longer ones are looked for first.</summary>
    public SecretFilter(IEnumerable<string> secrets)
        : this(() => secrets)
    {
    }

    /// <summary>Makes a filter of secrets that can change, such as tokens that are renewed.</summary>
    /// <param name="read">Gives the secrets of the moment.</param>
    public SecretFilter(Func<IEnumerable<string>> read)
    {
        _read = read;
        Refresh();
    }

    /// <summary>Looks for new secrets; those known before stay secret.</summary>
    public void Refresh()
    {
        lock (_refreshing)
        {
            _secrets = [.. _secrets.Concat(_read().Where(static secret => secret.Length >= ShortestSecret)).Distinct(StringComparer.Ordinal).OrderByDescending(static secret => secret.Length)];
        }
    }

    /// <summary>The text without secrets; the same object when there are none in it.</summary>
    public string Clean(string text)
    {
        foreach (string secret in _secrets)
        {
            if (text.Contains(secret, StringComparison.Ordinal))
            {
                text = text.Replace(secret, Mask, StringComparison.Ordinal);
            }
        }

        return text;
    }
}
