using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net;
using System.Security;
using Kimi.Engine.Configuration;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Keys from SecretManagement. The module is looked up when somebody named a vault and a secret, never before, and no other
/// vault is asked: one that asks back would hold up whoever did not expect it.
/// </summary>
internal static class Vaults
{
    /// <summary>What a reference looks like: <c>vault/secret</c>.</summary>
    public const string Pattern = "^[^/]+/.+$";

    private const string Module = "Microsoft.PowerShell.SecretManagement";

    /// <summary>Reads a secret.</summary>
    /// <param name="host">The host that a locked vault may ask; null if nobody can be asked, so that it fails instead.</param>
    /// <param name="reference">Vault and secret, as <c>vault/secret</c>.</param>
    /// <param name="stop">Stops the vault.</param>
    /// <exception cref="SecretUnreadableException">There is no such module, vault or secret, or it is no text.</exception>
    public static async Task<SecureString> ReadAsync(System.Management.Automation.Host.PSHost? host, string reference, CancellationToken stop)
    {
        int slash = reference.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == reference.Length - 1)
        {
            throw new SecretUnreadableException(reference, "It does not name a vault and a secret, as 'vault/secret' does.");
        }

        // A runspace of its own: what the caller has defined under the same names must not see the key.
        InitialSessionState state = InitialSessionState.CreateDefault2();
        using Runspace runspace = host is null ? RunspaceFactory.CreateRunspace(state) : RunspaceFactory.CreateRunspace(host, state);
        runspace.Open();
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = runspace;
        shell.AddCommand($"{Module}\\Get-Secret").AddParameter("Vault", reference[..slash]).AddParameter("Name", reference[(slash + 1)..])
            .AddParameter("ErrorAction", "Stop");
        try
        {
            return Key(await shell.RunAsync(null, stop).ConfigureAwait(false), reference);
        }
        catch (CommandNotFoundException e)
        {
            throw new SecretUnreadableException(reference, $"The module {Module} is not installed.", e);
        }
        catch (RuntimeException e)
        {
            throw new SecretUnreadableException(reference, e.ErrorRecord?.ToString() ?? e.Message, e);
        }
    }

    /// <summary>The reference of the secret that a model's key is to be read from; null where a key is there, or none is named.</summary>
    public static string? ReferenceOf(ProviderConfig provider) =>
        provider.ApiKey.IsEmpty && provider.ApiKeySecret is { Length: > 0 } reference ? reference : null;

    private static SecureString Key(PSDataCollection<PSObject> output, string reference)
    {
        object? value = output.Count == 1 ? output[0]?.BaseObject : null;
        return value switch
        {
            SecureString { Length: > 0 } secret => secret,
            PSCredential { Password.Length: > 0 } credential => credential.Password,
            string { Length: > 0 } text => new NetworkCredential("", text).SecurePassword,
            _ => throw new SecretUnreadableException(reference, "It is empty, or no text."),
        };
    }
}

/// <summary>A secret cannot be read. The text is for the user; it does not hold the secret.</summary>
internal sealed class SecretUnreadableException(string reference, string reason, Exception? inner = null)
    : Exception($"The secret '{reference}' cannot be read: {reason}", inner)
{
    /// <summary>Vault and secret.</summary>
    public string Reference => reference;
}
