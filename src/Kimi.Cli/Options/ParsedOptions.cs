namespace Kimi.Cli.Options;

/// <summary>What stood on a command line, values not yet checked.</summary>
internal sealed class ParsedOptions
{
    /// <summary>What stands for a value that was not given.</summary>
    public const string On = "\0"; // no argument can hold it

    private static readonly string[] s_none = [];

    private readonly List<string>?[] _values = new List<string>?[(int)OptionId.Help + 1];

    /// <summary>The options given, in order of their first appearance.</summary>
    public List<OptionSpec> Order { get; } = [];

    /// <summary>What follows the options: a command and its arguments.</summary>
    public string[] Rest { get; set; } = [];

    /// <summary>Whether an option was given.</summary>
    public bool Has(OptionId id) => _values[(int)id] is not null;

    /// <summary>The last value given; null when there is none.</summary>
    public string? Text(OptionId id) => _values[(int)id] is List<string> values && values[^1] != On ? values[^1] : null;

    /// <summary>Every value given.</summary>
    public IReadOnlyList<string> Texts(OptionId id) => _values[(int)id] as IReadOnlyList<string> ?? s_none;

    /// <summary>A flag: true when given, false when its negation was, null when neither.</summary>
    public bool? Flag(OptionId id) => _values[(int)id] is List<string> values ? values[^1] == On : null;

    /// <summary>Notes a value; <see cref="On"/> stands for a flag, or for an optional value left out.</summary>
    public void Add(OptionId id, string value)
    {
        if (_values[(int)id] is not List<string> values)
        {
            _values[(int)id] = values = [];
            Order.Add(OptionSpec.All[(int)id]);
        }

        values.Add(value);
    }
}
