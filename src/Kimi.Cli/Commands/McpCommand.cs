using System.CommandLine;
using Kimi.Cli.Options;
using Kimi.Engine;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi mcp …</c>: the servers of <c>mcp.json</c>.</summary>
internal static class McpCommand
{
    public const string Help = "Manage MCP server configurations.";

    public static Command Make() => new("mcp", Help)
    {
        Add(),
        OfName("remove", "Remove a server.", static (commands, name, _) => Task.FromResult(commands.Remove(name))),
        List(),
        OfName("auth", "Authorize with a server that uses OAuth.", static (commands, name, stop) => commands.AuthorizeAsync(name, stop)),
        OfName("reset-auth", "Forget the OAuth tokens of a server.", static (commands, name, _) => Task.FromResult(commands.ResetAuthorization(name))),
        OfName("test", "Connect to a server and list its tools.", static (commands, name, stop) => commands.TestAsync(name, stop)),
        Serve(),
    };

    private static Command Serve()
    {
        Command command = new("serve", "Be an MCP server on standard input and output: other agents run turns with kimi_turn.");
        command.SetAction((_, stop) => Guarded(async () =>
        {
            await McpAgentServer.RunAsync(static () => new KimiSessionOptions { AllowDemoModel = true }, Console.OpenStandardInput(), Console.OpenStandardOutput(), stop).ConfigureAwait(false);
            return ExitCode.Success;
        }, "mcp serve"));
        return command;
    }

    private static Command Add()
    {
        Argument<string> name = new("NAME") { Description = "Name of the server." };
        Argument<string[]> target = new("TARGET_OR_COMMAND") { Arity = ArgumentArity.ZeroOrMore, Description = "The URL, or the command and its arguments after --." };
        Option<string> transport = new("--transport", "-t") { HelpName = "stdio|http", Description = "How to reach it.", DefaultValueFactory = static _ => "stdio" };
        transport.Validators.Add(static given =>
        {
            if (given.Tokens is [.., { Value: not ("stdio" or "http") and string other }])
            {
                given.AddError($"Invalid value for '--transport' / '-t': '{other}' is not one of 'stdio', 'http'.");
            }
        });
        Option<string[]> environment = new("--env", "-e") { HelpName = "KEY=VALUE", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false, Description = "Environment variable. Repeatable." };
        Option<string[]> headers = new("--header", "-H") { HelpName = "KEY:VALUE", Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = false, Description = "HTTP header. Repeatable." };
        Option<string?> auth = new("--auth", "-a") { HelpName = "TYPE", Description = "Kind of authorization, such as oauth." };
        Command command = new("add", "Add a server, or replace it.") { name, target, transport, environment, headers, auth };
        command.SetAction(parsed => Guarded(() => Task.FromResult(Commands().Add(new McpAddRequest
        {
            Name = parsed.GetValue(name)!,
            Target = parsed.GetValue(target) ?? [],
            Transport = parsed.GetValue(transport)!,
            Environment = parsed.GetValue(environment) ?? [],
            Headers = parsed.GetValue(headers) ?? [],
            Auth = parsed.GetValue(auth),
        })), "mcp add"));
        return command;
    }

    private static Command List()
    {
        Command command = new("list", "List the servers.");
        command.SetAction(_ => Guarded(static () => Task.FromResult(Commands().List()), "mcp list"));
        return command;
    }

    private static Command OfName(string verb, string help, Func<McpCommands, string, CancellationToken, Task<int>> run)
    {
        Argument<string> name = new("NAME") { Description = "Name of the server." };
        Command command = new(verb, help) { name };
        command.SetAction((parsed, stop) => Guarded(() => run(Commands(), parsed.GetValue(name)!, stop), $"mcp {verb}"));
        return command;
    }

    private static McpCommands Commands() => new(ShareDirectory.Locate(EnvironmentSource.Process), Console.Out.WriteLine, Console.Error.WriteLine);

    private static async Task<int> Guarded(Func<Task<int>> run, string command)
    {
        try
        {
            return await run().ConfigureAwait(false);
        }
        catch (McpConfigException wrong)
        {
            throw new UsageException(wrong.Message, command);
        }
    }
}
