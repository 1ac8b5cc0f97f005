namespace Kimi.Cli.Serving;

/// <summary>An error of the protocol.</summary>
internal sealed record RpcError(int Code, string Message)
{
    public static readonly RpcError NotJson = new(-32700, "Invalid JSON format");

    public static readonly RpcError InvalidRequest = new(-32600, "Invalid request");

    public static readonly RpcError InProgress = new(-32000, "An agent turn is already in progress");

    public static readonly RpcError NotInProgress = new(-32000, "No agent turn is in progress");

    public static readonly RpcError LlmNotSet = new(-32001, "LLM is not set");

    public static readonly RpcError SignInAgain =
        new(-32004, "Authentication failed. Your login session may have expired. Please run \"/login\" to sign in again.");

    public static readonly RpcError ReplayFailed = new(-32603, "Replay failed");

    public static RpcError UnexpectedMethod(string method) => new(-32601, $"Unexpected method received: {method}");

    public static RpcError InvalidParameters(string method) => new(-32602, $"Invalid parameters for method `{method}`");

    public static RpcError LlmNotSupported(string text) => new(-32002, text);

    public static RpcError Provider(string text) => new(-32003, text);

    public static RpcError Internal(Exception error) => new(-32603, $"{error.GetType().Name}: {error.Message}");
}
