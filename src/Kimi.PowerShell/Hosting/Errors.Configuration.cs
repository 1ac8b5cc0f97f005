using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>The records about configuration and what it names.</summary>
internal static partial class Errors
{
    public static ErrorRecord SecretUnreadable(SecretUnreadableException e) => New(
        "KimiSecretUnreadable", ErrorCategory.AuthenticationError, e.Reference, e,
        "Install Microsoft.PowerShell.SecretManagement, register and unlock the vault, and try Get-Secret; or give the key with -ApiKey.");

    public static ErrorRecord LanguageMode(string parameter) => New(
        "KimiLanguageMode", ErrorCategory.PermissionDenied, null,
        $"-{parameter} runs scripts in the full language, which this session does not have.",
        $"Leave out -{parameter}: the scripts then run in a process of their own, as the system allows.");

    public static ErrorRecord AgentFileInvalid(Exception cause, object? target) => New(
        "KimiConfigurationInvalid", ErrorCategory.InvalidData, target, cause, "Correct the agent file, or name another one with -AgentFile.");

    public static ErrorRecord SettingNotFound(string name) => New(
        "KimiSettingNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no setting '{name}'.",
        "List the settings with Get-KimiConfiguration.");

    public static ErrorRecord SettingInvalid(Exception cause, string name) => New(
        "KimiSettingInvalid", ErrorCategory.InvalidArgument, name, cause, "Give a name of Get-KimiConfiguration and a value of its kind.");

    public static ErrorRecord ProviderNotFound(string name) => New(
        "KimiProviderNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no provider '{name}' in the configuration.",
        "List the providers with Get-KimiProvider.");

    public static ErrorRecord SkillNotFound(string name) => New(
        "KimiSkillNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no skill '{name}' here.",
        "List the skills with Get-KimiSkill.");

    public static ErrorRecord AgentNotFound(string name) => New(
        "KimiAgentNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no built-in agent '{name}'.",
        "List the agents with Get-KimiAgent; name a file with -AgentFile.");
}
