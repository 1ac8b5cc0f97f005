using System.CommandLine;
using System.CommandLine.Parsing;
using Kimi.Cli.Options;

namespace Kimi.Cli.Commands;

/// <summary>Runs a command that System.CommandLine describes, with the errors of the rest of <c>kimi</c>.</summary>
internal static class CommandRunner
{
    /// <summary>Parses and runs.</summary>
    /// <exception cref="UsageException">The arguments are wrong.</exception>
    public static async Task<int> RunAsync(Command command, string[] arguments, CancellationToken cancellationToken)
    {
        RootCommand root = new("Kimi, an AI agent for your terminal and for PowerShell.") { command };
        ParseResult parsed = root.Parse([command.Name, .. arguments], new ParserConfiguration { ResponseFileTokenReplacer = null });
        bool asksForHelp = arguments.TakeWhile(static argument => argument != "--").Any(static argument => argument is "-h" or "--help");
        if (!asksForHelp && parsed.Errors.Count > 0)
        {
            throw new UsageException(Describe(parsed), Name(parsed.CommandResult));
        }

        return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, cancellationToken).ConfigureAwait(false);
    }

    private static string Describe(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count > 0)
        {
            string word = parsed.UnmatchedTokens[0];
            return word.StartsWith('-') ? $"No such option: {word}"
                : parsed.CommandResult.Command.Subcommands.Count > 0 ? $"No such command '{word}'."
                : $"Got unexpected extra argument ({word})";
        }

        if (parsed.Errors[0].SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: Argument missing })
        {
            return $"Missing argument '{missing.Name}'.";
        }

        if (parsed.Errors[0].SymbolResult is OptionResult { Tokens.Count: 0, IdentifierToken: Token option })
        {
            return $"Option '{option.Value}' requires an argument.";
        }

        return parsed.CommandResult.Command.Subcommands.Count > 0 ? "Missing command." : parsed.Errors[0].Message;
    }

    /// <summary>The command's name without that of the program.</summary>
    private static string Name(CommandResult result)
    {
        List<string> names = [];
        for (SymbolResult? at = result; at is CommandResult { Command: not RootCommand } command; at = at.Parent)
        {
            names.Insert(0, command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
