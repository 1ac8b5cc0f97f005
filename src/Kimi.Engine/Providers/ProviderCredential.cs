using Kimi.Engine.Text;

namespace Kimi.Engine.Providers;

/// <summary>The key of a provider as it is now: a refreshed sign-in replaces it for all copies of the provider.</summary>
public sealed class ProviderCredential(string key)
{
    private volatile string _key = key;

    /// <summary>The key; empty for none.</summary>
    public string Key
    {
        get => _key;
        set => _key = value;
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => SecretFilter.Mask;
}
