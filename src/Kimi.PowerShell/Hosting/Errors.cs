using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Every error record of the module. The ids are a contract with scripts: they stand in about_KimiErrors and never
/// change their meaning.
/// </summary>
internal static partial class Errors
{
    public static ErrorRecord SessionNotFound(string id) => New(
        "KimiSessionNotFound", ErrorCategory.ObjectNotFound, id,
        $"There is no open session '{id}' in this process.",
        "List the open sessions with Get-KimiSession, or continue one from disk with Start-KimiSession -SessionId.");

    public static ErrorRecord NoCurrentSession() => New(
        "KimiNoCurrentSession", ErrorCategory.ObjectNotFound, null,
        "This runspace has no current session.",
        "Open one with Start-KimiSession, or name one with -Session.");

    public static ErrorRecord SessionBusy(string id) => New(
        "KimiSessionBusy", ErrorCategory.ResourceBusy, id,
        $"A turn is running in the session '{id}'.",
        "Wait for it or stop it with Stop-KimiTurn; Send-KimiMessage speaks into a running turn.");

    public static ErrorRecord SessionOpen(string id) => New(
        "KimiSessionOpen", ErrorCategory.ResourceExists, id,
        $"The session '{id}' is already open in this process.",
        "Use it with -Session, or close it first with Stop-KimiSession.");

    public static ErrorRecord SessionOpenElsewhere(Exception cause, object? target) => New(
        "KimiSessionOpen", ErrorCategory.ResourceExists, target, cause, "Close it in the other process, or work on a copy: Copy-KimiSession.");

    public static ErrorRecord SessionNotOnDisk(string id, string directory) => New(
        "KimiSessionNotFound", ErrorCategory.ObjectNotFound, id,
        $"The directory '{directory}' has no session '{id}'.",
        "List its sessions with Get-KimiSession -ListAvailable; name another directory with -WorkDirectory.");

    public static ErrorRecord SessionIdInvalid(string id) => New(
        "KimiSessionIdInvalid", ErrorCategory.InvalidArgument, id,
        $"'{id}' cannot be the id of a session.",
        "Give a name without slashes, which is not blank.");

    public static ErrorRecord NotConfirmed(string target, string action, Exception? cause = null) => New(
        "KimiNotConfirmed", ErrorCategory.PermissionDenied, target,
        new InvalidOperationException($"The operation \"{action}\" on target \"{target}\" was not performed: nobody could be asked to confirm it.", cause),
        "Run it interactively, or answer beforehand with -Confirm:$false.");

    public static ErrorRecord NoTurn(string id) => New(
        "KimiNoTurn", ErrorCategory.InvalidOperation, id,
        $"No turn runs in the session '{id}'.",
        "Begin one with Invoke-KimiTurn.");

    public static ErrorRecord FileExists(string path) => New(
        "KimiFileExists", ErrorCategory.ResourceExists, path,
        $"The file '{path}' exists already.",
        "Choose another path, or overwrite it with -Force.");

    public static ErrorRecord NothingToExport(string id, string said) => New(
        "KimiNothingToExport", ErrorCategory.InvalidOperation, id,
        said.Length > 0 ? said : $"The session '{id}' has nothing to export.",
        "Run a turn first.");

    public static ErrorRecord ImportRefused(string path, string said) => New(
        "KimiImportRefused", ErrorCategory.InvalidData, path, said.Length > 0 ? said : "The file cannot be imported.",
        "Import a text file, or an archive of Export-KimiSession.");

    public static ErrorRecord NoPrompt() => New(
        "KimiNoPrompt", ErrorCategory.InvalidArgument, null,
        "There is nothing to say: the prompt is empty.",
        "Give a prompt: Invoke-KimiTurn 'your prompt'.");

    public static ErrorRecord ContextTooLarge(long limit) => New(
        "KimiContextTooLarge", ErrorCategory.LimitsExceeded, null,
        $"The piped input is longer than {limit} characters.",
        "Select less of it, or pipe a file (Get-Item) so that the agent reads what it needs.");

    public static ErrorRecord PathNotFound(string path) => New(
        "KimiPathNotFound", ErrorCategory.ObjectNotFound, path,
        $"Cannot find the path '{path}'.",
        "Give a path of the file system that exists.");

    public static ErrorRecord Conflict(string one, string other) => New(
        "KimiParameterConflict", ErrorCategory.InvalidArgument, null,
        $"-{one} and -{other} exclude each other.",
        "Give one of them.");

    public static ErrorRecord CommandNotFound(string name) => New(
        "KimiCommandNotFound", ErrorCategory.ObjectNotFound, name,
        $"There is no command '{name}' that could be a tool.",
        "Name a cmdlet, a function or a script; a program is run by the tool Shell.");

    public static ErrorRecord ParameterNotFound(string tool, string parameter) => New(
        "KimiParameterNotFound", ErrorCategory.InvalidArgument, parameter,
        $"The command of the tool '{tool}' has no parameter '{parameter}'.",
        "Correct -Bound.");

    public static ErrorRecord ToolNameInvalid(string name) => New(
        "KimiToolNameInvalid", ErrorCategory.InvalidArgument, name,
        $"'{name}' cannot be the name of a tool.",
        "Give one of letters, digits, '-' and '_' with -Name.");

    public static ErrorRecord ToolNameTaken(Exception cause, string name) => New(
        "KimiToolNameTaken", ErrorCategory.ResourceExists, name, cause, "Give another name with -Name.");

    public static ErrorRecord ToolNotFound(string name, string session) => New(
        "KimiToolNotFound", ErrorCategory.ObjectNotFound, name,
        $"The session '{session}' has no such tool: '{name}'.",
        "List its tools with Get-KimiTool.");

    public static ErrorRecord HookNotFound(int id) => New(
        "KimiHookNotFound", ErrorCategory.ObjectNotFound, id,
        $"No open session has a hook {id}.",
        "List the hooks of a session with Get-KimiHook.");

    public static ErrorRecord ModelNotFound(string name) => New(
        "KimiModelNotFound", ErrorCategory.ObjectNotFound, name,
        $"The configuration has no model '{name}'.",
        "List the models with Get-KimiModel.");

    public static ErrorRecord RuleInvalid(string rule) => New(
        "KimiRuleInvalid", ErrorCategory.InvalidArgument, rule,
        $"'{rule}' is no rule for a tool.",
        "Write the name of a tool, or name and target: Shell, 'Shell(git status)', 'WriteFile(/tmp/**)'.");

    public static ErrorRecord ConfigurationInvalid(Exception cause, object? target) => New(
        "KimiConfigurationInvalid", ErrorCategory.InvalidData, target, cause,
        "Correct the configuration, or name another one with -ConfigFile.");

    public static ErrorRecord ModelNotSet(object? target, Exception? cause = null) => New(
        "KimiModelNotSet", ErrorCategory.ResourceUnavailable, target, cause ?? new InvalidOperationException("LLM not set"),
        "Configure a model and name it with -Model, or use the built-in one: -Model demo.");

    public static ErrorRecord ModelUnsupported(Exception cause, object? target) => New(
        "KimiModelUnsupported", ErrorCategory.InvalidArgument, target, cause,
        "Choose a model that can read this input.");

    public static ErrorRecord Authentication(Exception cause, object? target) => New(
        "KimiAuthentication", ErrorCategory.AuthenticationError, target, cause,
        "Check the API key of the provider.");

    public static ErrorRecord LimitReached(Exception cause, object? target) => New(
        "KimiRateLimited", ErrorCategory.LimitsExceeded, target, cause, "Wait, or use another model.");

    public static ErrorRecord Connection(Exception cause, object? target) => New(
        "KimiConnection", ErrorCategory.ConnectionError, target, cause, "Check the network and the address of the provider.");

    public static ErrorRecord Timeout(Exception cause, object? target) => New(
        "KimiTimeout", ErrorCategory.OperationTimeout, target, cause, "Allow more time with -TimeoutSec.");

    public static ErrorRecord SchemaMismatch(Exception cause, object? target) => New(
        "KimiSchemaMismatch", ErrorCategory.InvalidData, target, cause, "Make the schema simpler, or say in the prompt what is wanted.");

    public static ErrorRecord SchemaInvalid(Exception cause, object? target) => New(
        "KimiSchemaInvalid", ErrorCategory.InvalidArgument, target, cause,
        "Give a JSON Schema as text or hashtable, or a type with properties.");

    public static ErrorRecord Provider(Exception cause, object? target) => New(
        "KimiProvider", ErrorCategory.ResourceUnavailable, target, cause, "See the message of the provider.");

    public static ErrorRecord Storage(Exception cause, object? target) => New(
        "KimiStorage", ErrorCategory.WriteError, target, cause,
        "Check the disk and the permissions of the share directory; what was written before is kept.");

    public static ErrorRecord Engine(Exception cause, object? target) => New(
        "KimiEngine", ErrorCategory.InvalidOperation, target, cause, "See Get-Error for where it happened.");

    public static ErrorRecord ToolDenied(string tool, string decision, string rule, object target)
    {
        bool asked = decision != ApprovalDecision.NoOneToAsk;
        return New(
            "KimiToolDenied", ErrorCategory.PermissionDenied, target,
            asked ? $"The tool '{tool}' was not run: it was refused." : $"The tool '{tool}' was not run: nobody could be asked.",
            asked ? $"Allow it with -AllowTool '{rule}'." : $"Allow it with -AllowTool '{rule}' or -ApprovalMode AllowAll, or run interactively.");
    }

    public static ErrorRecord TurnDenied(TurnResult result) => New(
        "KimiTurnDenied", ErrorCategory.PermissionDenied, result,
        $"The turn was not finished: {result.DeniedCount} tool call(s) were refused.",
        "Allow the tools with -AllowTool or -ApprovalMode.");

    public static ErrorRecord TurnTruncated(TurnResult result) => New(
        "KimiTurnTruncated", ErrorCategory.LimitsExceeded, result,
        result.ErrorMessage.Length > 0 ? result.ErrorMessage : $"The turn was cut short ({result.StopReason}).",
        result.StopReason == TurnStopReason.ToolCallRepeat
            ? "Say in another turn of the same session what to do instead; the calls stand in ToolCalls of the target object."
            : "Go on with another turn in the same session, or raise the limit with -MaxStep.");

    public static ErrorRecord TurnCancelled(TurnResult result) => New(
        "KimiTurnCancelled", ErrorCategory.OperationStopped, result, "The turn was stopped.", "Start another turn in the same session.");

    public static ErrorRecord BudgetExceeded(TurnResult result) => New(
        "KimiBudgetExceeded", ErrorCategory.LimitsExceeded, result, result.ErrorMessage, "Raise the limit with -MaxToken or -MaxCost.");

    public static ErrorRecord NoContent(TurnResult result) => New(
        "KimiNoContent", ErrorCategory.InvalidResult, result, "The turn ended without an answer.", "Ask again, or ask differently.");

    private static ErrorRecord New(string id, ErrorCategory category, object? target, string message, string action) =>
        New(id, category, target, new InvalidOperationException(message), action);

    private static ErrorRecord New(string id, ErrorCategory category, object? target, Exception cause, string action) =>
        new(cause, id, category, target)
        {
            ErrorDetails = new ErrorDetails(cause.Message) { RecommendedAction = action },
        };
}
