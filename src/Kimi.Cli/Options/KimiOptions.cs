using System.Globalization;

namespace Kimi.Cli.Options;

/// <summary>Which face the process shows.</summary>
internal enum UiMode
{
    /// <summary>Lines at a terminal.</summary>
    Shell,

    /// <summary>Runs and prints.</summary>
    Print,

    /// <summary>The wire server.</summary>
    Wire,
}

/// <summary>The options of a start, checked.</summary>
internal sealed class KimiOptions
{
    private readonly ParsedOptions _parsed;

    private KimiOptions(ParsedOptions parsed) => _parsed = parsed;

    /// <summary>The face.</summary>
    public UiMode Mode { get; private init; }

    /// <summary>Whether the log takes everything and errors show their stack.</summary>
    public bool Debug => On(OptionId.Debug);

    /// <summary>The machine that the tools work on; null for this one.</summary>
    public string? Host => _parsed.Text(OptionId.Host)?.Trim();

    /// <summary>The work directory as given, or null.</summary>
    public string? WorkDirectory => _parsed.Text(OptionId.WorkDir);

    /// <summary>Further directories of the workspace.</summary>
    public IReadOnlyList<string> AdditionalDirectories => _parsed.Texts(OptionId.AddDir);

    /// <summary>The session to resume; null for none or for the picker.</summary>
    public string? SessionId => Blank(_parsed.Text(OptionId.Session)) ? null : _parsed.Text(OptionId.Session)!.Trim();

    /// <summary>Whether a session is to be chosen at the terminal.</summary>
    public bool PickSession => _parsed.Has(OptionId.Session) && SessionId is null;

    /// <summary>Whether to continue the last session.</summary>
    public bool Continue => On(OptionId.Continue);

    /// <summary>Configuration as text.</summary>
    public string? ConfigText => _parsed.Text(OptionId.Config);

    /// <summary>The configuration file.</summary>
    public string? ConfigFile => _parsed.Text(OptionId.ConfigFile);

    /// <summary>The model's name.</summary>
    public string? Model => _parsed.Text(OptionId.Model);

    /// <summary>Thinking on, off or as configured.</summary>
    public bool? Thinking => _parsed.Flag(OptionId.Thinking);

    /// <summary>Whether everything is approved.</summary>
    public bool Yolo => On(OptionId.Yolo);

    /// <summary>Whether nobody is there.</summary>
    public bool Afk => On(OptionId.Afk);

    /// <summary>Whether to start in plan mode.</summary>
    public bool Plan => On(OptionId.Plan);

    /// <summary>The prompt, trimmed; null when none was given.</summary>
    public string? Prompt => _parsed.Text(OptionId.Prompt)?.Trim();

    /// <summary>Whether standard input carries JSON lines.</summary>
    public bool StreamJsonInput => _parsed.Text(OptionId.InputFormat) == "stream-json";

    /// <summary>Whether standard output carries JSON lines.</summary>
    public bool StreamJsonOutput => _parsed.Text(OptionId.OutputFormat) == "stream-json";

    /// <summary>Whether only the last message is printed.</summary>
    public bool FinalMessageOnly => On(OptionId.FinalMessageOnly) || On(OptionId.Quiet);

    /// <summary>Name of the built-in agent.</summary>
    public string? Agent => _parsed.Text(OptionId.Agent);

    /// <summary>The agent file.</summary>
    public string? AgentFile => _parsed.Text(OptionId.AgentFile);

    /// <summary>Files of MCP servers.</summary>
    public IReadOnlyList<string> McpConfigFiles => _parsed.Texts(OptionId.McpConfigFile);

    /// <summary>MCP servers as JSON texts.</summary>
    public IReadOnlyList<string> McpConfigs => _parsed.Texts(OptionId.McpConfig);

    /// <summary>Directories of skills.</summary>
    public IReadOnlyList<string> SkillsDirectories => _parsed.Texts(OptionId.SkillsDir);

    /// <summary>Most steps of a turn.</summary>
    public int? MaxStepsPerTurn => Integer(OptionId.MaxStepsPerTurn);

    /// <summary>Most attempts of a step.</summary>
    public int? MaxRetriesPerStep => Integer(OptionId.MaxRetriesPerStep);

    /// <summary>Further rounds after a turn.</summary>
    public int? MaxRalphIterations => Integer(OptionId.MaxRalphIterations);

    /// <summary>Checks what the parser cannot: combinations and empty values, in the specified order.</summary>
    /// <exception cref="UsageException">The first one that is wrong.</exception>
    public static KimiOptions From(ParsedOptions parsed)
    {
        bool quiet = On(parsed, OptionId.Quiet);
        bool acp = On(parsed, OptionId.Acp);
        bool wire = On(parsed, OptionId.Wire);
        bool print = quiet || On(parsed, OptionId.Print);
        if (quiet && (acp || wire))
        {
            throw UsageException.Check("--quiet", "Quiet mode cannot be combined with ACP or Wire UI");
        }

        if (quiet && parsed.Text(OptionId.OutputFormat) is not (null or "text"))
        {
            throw UsageException.Check("--quiet", "Quiet mode implies `--output-format text`");
        }

        Exclude(print ? "--print" : null, acp ? "--acp" : null, wire ? "--wire" : null);
        Exclude(parsed.Has(OptionId.Agent) ? "--agent" : null, parsed.Has(OptionId.AgentFile) ? "--agent-file" : null);
        Exclude(On(parsed, OptionId.Continue) ? "--continue" : null, parsed.Has(OptionId.Session) ? "--session" : null);
        Exclude(parsed.Has(OptionId.Config) ? "--config" : null, parsed.Has(OptionId.ConfigFile) ? "--config-file" : null);
        Require(!parsed.Has(OptionId.Prompt) || !Blank(parsed.Text(OptionId.Prompt)), "--prompt", "Prompt cannot be empty");
        Require(print || !parsed.Has(OptionId.InputFormat), "--input-format", "Input format is only supported for print UI");
        Require(print || !parsed.Has(OptionId.OutputFormat), "--output-format", "Output format is only supported for print UI");
        Require(print || !On(parsed, OptionId.FinalMessageOnly), "--final-message-only", "Final-message-only output is only supported for print UI");
        KimiOptions options = new(parsed) { Mode = print ? UiMode.Print : wire ? UiMode.Wire : UiMode.Shell };
        Require(!options.PickSession || !(print || wire || acp), "--session", "--session without a session ID is only supported for shell UI");
        Require(!options.PickSession || options.Host is null, "--session", "--session without a session ID cannot be combined with --host");
        Require(!parsed.Has(OptionId.Host) || !Blank(parsed.Text(OptionId.Host)), "--host", "Host cannot be empty");
        Require(!parsed.Has(OptionId.Config) || !Blank(parsed.Text(OptionId.Config)), "--config", "Config cannot be empty");
        Require(!acp, "--acp", "The ACP server is not part of this program; use --wire");
        return options;
    }

    private static void Exclude(string? first, string? second, string? third = null)
    {
        string? other = first is null ? third : second ?? third;
        if ((first ?? second) is string named && other is not null && other != named)
        {
            string all = first is not null && second is not null && third is not null ? $"{first}, {second}, {third}" : $"{named}, {other}";
            throw UsageException.Check(named, $"Cannot combine {all}.");
        }
    }

    private static void Require(bool condition, string option, string text)
    {
        if (!condition)
        {
            throw UsageException.Check(option, text);
        }
    }

    private static bool Blank(string? text) => string.IsNullOrWhiteSpace(text);

    private static bool On(ParsedOptions parsed, OptionId id) => parsed.Flag(id) == true;

    private bool On(OptionId id) => On(_parsed, id);

    private int? Integer(OptionId id) => _parsed.Text(id) is string text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
