using System.Globalization;

namespace Kimi.Cli.Options;

/// <summary>
/// Reads the options of <c>kimi</c> up to the first command. Written by hand, because it stands on the way of every start and
/// its rules and messages are those of another parser; commands have System.CommandLine.
/// </summary>
internal static class OptionParser
{
    /// <summary>Takes a command line apart.</summary>
    /// <exception cref="UsageException">An unknown option, a missing or a superfluous value.</exception>
    public static ParsedOptions Parse(string[] arguments)
    {
        ParsedOptions result = new();
        int next = 0;
        while (next < arguments.Length)
        {
            string argument = arguments[next];
            if (argument == "--")
            {
                next++;
                break;
            }

            if (argument.Length < 2 || argument[0] != '-')
            {
                break;
            }

            next++;
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                Long(result, argument, arguments, ref next);
            }
            else
            {
                Short(result, argument, arguments, ref next);
            }
        }

        result.Rest = arguments[next..];
        return result;
    }

    /// <summary>Checks all values, in the order in which the options were given.</summary>
    /// <exception cref="UsageException">A value that its option does not take.</exception>
    public static void Check(ParsedOptions options)
    {
        foreach (OptionSpec option in options.Order)
        {
            // What is on another machine is checked there.
            if (option.Kind < OptionKind.Integer || (option.Id is OptionId.WorkDir or OptionId.AddDir && options.Has(OptionId.Host)))
            {
                continue;
            }

            if (!option.IsRepeatable)
            {
                CheckValue(option, options.Text(option.Id)!);
                continue;
            }

            foreach (string value in options.Texts(option.Id))
            {
                CheckValue(option, value);
            }
        }
    }

    private static void Long(ParsedOptions result, string argument, string[] arguments, ref int next)
    {
        int equals = argument.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? argument : argument[..equals];
        if (Find(name) is not OptionSpec option)
        {
            throw new UsageException($"No such option: {name}");
        }

        if (!option.TakesValue)
        {
            if (equals >= 0)
            {
                throw new UsageException($"Option '{name}' does not take a value.");
            }

            result.Add(option.Id, name == option.Negative ? "" : ParsedOptions.On);
            return;
        }

        result.Add(option.Id, equals >= 0 ? argument[(equals + 1)..] : TakeValue(option, name, arguments, ref next));
    }

    private static void Short(ParsedOptions result, string argument, string[] arguments, ref int next)
    {
        for (int i = 1; i < argument.Length; i++)
        {
            string name = $"-{argument[i]}";
            if (Find(name) is not OptionSpec option)
            {
                throw new UsageException($"No such option: {name}");
            }

            if (option.TakesValue)
            {
                result.Add(option.Id, i + 1 < argument.Length ? argument[(i + 1)..] : TakeValue(option, name, arguments, ref next));
                return;
            }

            result.Add(option.Id, ParsedOptions.On);
        }
    }

    private static string TakeValue(OptionSpec option, string name, string[] arguments, ref int next)
    {
        if (option.Kind == OptionKind.OptionalText)
        {
            return next < arguments.Length && !(arguments[next].Length > 1 && arguments[next][0] == '-') ? arguments[next++] : ParsedOptions.On;
        }

        return next < arguments.Length ? arguments[next++] : throw new UsageException($"Option '{name}' requires an argument.");
    }

    private static OptionSpec? Find(string name)
    {
        foreach (OptionSpec option in OptionSpec.All)
        {
            if (name == option.Negative || Array.IndexOf(option.Names, name) >= 0)
            {
                return option;
            }
        }

        return null;
    }

    private static void CheckValue(OptionSpec option, string value)
    {
        string? wrong = option.Kind switch
        {
            OptionKind.Integer => CheckInteger(option, value),
            OptionKind.Choice => Array.IndexOf(option.Choices, value) >= 0 ? null
                : $"'{value}' is not one of {string.Join(", ", option.Choices.Select(static choice => $"'{choice}'"))}.",
            OptionKind.File => CheckFile(value),
            _ => CheckDirectory(value, option.Kind == OptionKind.WritableDirectory),
        };
        if (wrong is not null)
        {
            throw UsageException.Value(option, wrong);
        }
    }

    private static string? CheckInteger(OptionSpec option, string value)
    {
        if (!int.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int number))
        {
            return $"'{value}' is not a valid integer.";
        }

        return number >= option.Minimum ? null : $"{number} is not in the range x>={option.Minimum}.";
    }

    private static string? CheckFile(string path) =>
        Directory.Exists(path) ? $"File '{path}' is a directory."
        : !File.Exists(path) ? $"File '{path}' does not exist."
        : FileAccessCheck.CanRead(path) ? null : $"File '{path}' is not readable.";

    private static string? CheckDirectory(string path, bool forWriting) =>
        File.Exists(path) ? $"Directory '{path}' is a file."
        : !Directory.Exists(path) ? $"Directory '{path}' does not exist."
        : !FileAccessCheck.CanRead(path) ? $"Directory '{path}' is not readable."
        : forWriting && !FileAccessCheck.CanWrite(path) ? $"Directory '{path}' is not writable." : null;
}
