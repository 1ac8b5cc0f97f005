using System.Management.Automation;
using System.Reflection;

namespace Kimi.PowerShell.Hosting;

/// <summary>What every Kimi cmdlet shares: stopping, and the way from the engine's threads to the pipeline's.</summary>
public abstract class KimiCmdlet : PSCmdlet, IDisposable
{
    /// <summary>The aim is under a second; this is the ceiling for a tool that will not die.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();

    /// <summary>Fires when the pipeline is being stopped.</summary>
    private protected CancellationToken StopToken => _stop.Token;

    /// <summary>Runs engine work and everything it posts; see <see cref="Pump{T}"/>.</summary>
    private protected void RunPump(Func<Pump<KimiCmdlet>, CancellationToken, Task> work) =>
        Pump<KimiCmdlet>.Run(this, work, s_grace, Abandon, _stop.Token);

    /// <summary>Waits for engine work that writes nothing.</summary>
    private protected TResult Await<TResult>(Func<CancellationToken, Task<TResult>> work)
    {
        TResult result = default!;
        RunPump(async (_, stop) => result = await work(stop).ConfigureAwait(false));

        // A stopped pump returns without a result; PowerShell ends a stopping pipeline at its next call anyway.
        return _stop.IsCancellationRequested ? throw new PipelineStoppedException() : result;
    }

    /// <summary>
    /// Asks for what changes something, as ShouldProcess does. Where it would have to ask and nobody can answer, the change is
    /// refused with an error: a prompt on a redirected input waits for ever.
    /// </summary>
    /// <param name="target">What is changed.</param>
    /// <param name="action">What is done to it.</param>
    private protected bool Confirms(string target, string action)
    {
        if (Prompts && !Approval.CanAsk(this))
        {
            WriteError(Errors.NotConfirmed(target, action));
            return false;
        }

        try
        {
            return ShouldProcess(target, action);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OperationCanceledException or ActionPreferenceStopException))
        {
            WriteError(Errors.NotConfirmed(target, action, e)); // -NonInteractive, jobs, hosts without UI: each throws its own
            return false;
        }
    }

    /// <summary>Whether ShouldProcess asks a person before the first change.</summary>
    private protected bool Prompts
    {
        get
        {
            if (Given("WhatIf", "WhatIfPreference") is object whatIf && LanguagePrimitives.IsTrue(whatIf)) { return false; }
            if (MyInvocation.BoundParameters.TryGetValue("Confirm", out object? given)) { return LanguagePrimitives.IsTrue(given); }
            ConfirmImpact impact = GetType().GetCustomAttribute<CmdletAttribute>()?.ConfirmImpact ?? ConfirmImpact.Medium;
            return AsksFrom(SessionState.PSVariable.GetValue("ConfirmPreference"), impact);
        }
    }

    /// <summary>Whether a value of $ConfirmPreference, which may be text, means to ask before changes of an impact.</summary>
    private protected static bool AsksFrom(object? preference, ConfirmImpact impact) =>
        LanguagePrimitives.TryConvertTo(preference, out ConfirmImpact from) && from != ConfirmImpact.None && impact >= from;

    /// <summary>The value of a common parameter; that of its preference variable if it was not given.</summary>
    private protected object? Given(string parameter, string variable) =>
        MyInvocation.BoundParameters.TryGetValue(parameter, out object? given) ? given : SessionState.PSVariable.GetValue(variable);

    /// <summary>Reads a key from SecretManagement; null for a null reference. Ends the command if it cannot be read.</summary>
    private protected System.Security.SecureString? ReadKey(string? reference)
    {
        if (reference is null) { return null; }
        try
        {
            return Await(stop => Vaults.ReadAsync(Approval.CanAsk(this) ? Host : null, reference, stop));
        }
        catch (SecretUnreadableException e)
        {
            ThrowTerminatingError(Errors.SecretUnreadable(e));
            throw; // not reached
        }
    }

    /// <summary>Called when work outlived the grace period after a stop: end by force what can be ended.</summary>
    private protected virtual void Abandon()
    {
    }

    /// <summary>Called by PowerShell on another thread when the pipeline is stopped.</summary>
    protected override void StopProcessing()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The cmdlet ended at the same moment.
        }
    }

    /// <summary>Called by PowerShell when the cmdlet has ended.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the cmdlet holds.</summary>
    /// <param name="disposing">Whether it was called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing) { _stop.Dispose(); }
    }
}
