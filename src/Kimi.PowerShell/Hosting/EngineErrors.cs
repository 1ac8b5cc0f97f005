using System.Management.Automation;
using Kimi.Engine;
using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Providers;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Archives;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Answers;

namespace Kimi.PowerShell.Hosting;

/// <summary>The engine's exceptions as error records: mapped here and nowhere else.</summary>
internal static class EngineErrors
{
    /// <summary>The record of an exception.</summary>
    /// <param name="error">The exception; it stays the record's own.</param>
    /// <param name="target">What failed.</param>
    public static ErrorRecord Of(Exception error, object? target) => error switch
    {
        AgentSpecException or KimiStartupException { InnerException: AgentSpecException } => Errors.AgentFileInvalid(error, target),
        KimiStartupException { InnerException: ConfigurationException or null } => Errors.ConfigurationInvalid(error, target),
        KimiStartupException { InnerException: Exception inner } => Of(inner, target),
        ConfigurationException => Errors.ConfigurationInvalid(error, target),
        LlmNotSetException => Errors.ModelNotSet(target, error),
        LlmNotSupportedException => Errors.ModelUnsupported(error, target),
        SessionBusyException => Errors.SessionBusy(target as string ?? (target as TurnResult)?.SessionId ?? ""),
        HostConnectionException => Errors.Connection(error, target),
        SessionStorageException { IsInUse: true } => Errors.SessionOpenElsewhere(error, target),
        SessionStorageException or IOException or UnauthorizedAccessException => Errors.Storage(error, target),
        FinalAnswerException or PSInvalidCastException => Errors.SchemaMismatch(error, target),
        SessionArchiveException => Errors.Storage(error, target),
        ChatProviderException provider => Of(provider, target),
        TimeoutException => Errors.Timeout(error, target),
        _ => Errors.Engine(error, target),
    };

    /// <summary>Whether another turn of the same kind would fail the same way.</summary>
    public static bool IsPointless(Exception error) =>
        error is ConfigurationException or LlmNotSetException or ChatProviderException { StatusCode: 401 or 403 };

    private static ErrorRecord Of(ChatProviderException error, object? target) => error.Kind switch
    {
        ProviderErrorKind.Connection => Errors.Connection(error, target),
        ProviderErrorKind.Timeout => Errors.Timeout(error, target),
        ProviderErrorKind.Status when error.StatusCode is 401 or 403 => Errors.Authentication(error, target),
        ProviderErrorKind.Status when error.StatusCode is 429 or 402 => Errors.LimitReached(error, target),
        _ => Errors.Provider(error, target),
    };
}
