using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Shells;

namespace Kimi.Engine.Tools.Plugins;

/// <summary>A tool that a plugin brings along: a program that takes its arguments as JSON.</summary>
public sealed class PluginTool : Tool
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);
    private static readonly byte[] s_noParameters = """{"type":"object","properties":{}}"""u8.ToArray();

    private readonly JsonSchema? _schema;
    private readonly IReadOnlyList<string> _command;
    private readonly string _directory;
    private readonly ToolServices _services;

    /// <summary>Makes a tool of a plugin.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">Its description.</param>
    /// <param name="parameters">The schema of its arguments; null for none.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="directory">The plugin's directory.</param>
    /// <param name="services">The agent's surroundings.</param>
    public PluginTool(string name, string description, JsonElement? parameters, IReadOnlyList<string> command, string directory, ToolServices services)
    {
        _command = command;
        _directory = directory;
        _services = services;
        if (parameters is JsonElement schema && schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any())
        {
            _schema = JsonSchema.Defer(schema.Clone());
            Definition = new ToolDefinition(name, description, JsonWriter.Compose(writer => writer.Element(schema)));
        }
        else
        {
            Definition = new ToolDefinition(name, description, s_noParameters);
        }
    }

    /// <summary>Variables for the program: what the host injects into the plugin.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <inheritdoc/>
    public override bool AsksPermission => true;

    /// <inheritdoc/>
    public override ToolDefinition Definition { get; }

    /// <inheritdoc/>
    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (_schema is not null)
        {
            SchemaArguments.Check(_schema, arguments);
        }

        if (await _services.Approvals.AskAsync(
            context, ApprovalActions.PluginPrefix + Name, $"Run plugin tool `{Name}`.", [], cancellationToken, Name).ConfigureAwait(false) is { } answer)
        {
            // The feedback of a rejection is not passed on.
            return answer.Rejection is null ? answer : ApprovalService.Rejected("", context.Source.IsSubagent);
        }

        HostCommand start = new()
        {
            FileName = _command[0],
            Arguments = [.. _command.Skip(1)],
            WorkingDirectory = _directory,
            Environment = Variables,
            StandardInput = Encoding.UTF8.GetBytes(JsonWriter.Compose(writer => writer.Element(arguments))),
        };
        ToolResultBuilder output = new(maxLineLength: null);
        ToolResultBuilder errors = new(maxLineLength: null);
        int? code = await CommandRun.RunAsync(LocalHost.Here, start, output, errors, s_limit, _services.Time, cancellationToken).ConfigureAwait(false);
        if (code is null)
        {
            return ToolReturnValue.Error($"Plugin tool '{Name}' timed out after 120s.", "Timeout");
        }

        string text = output.Output.Trim();
        if (code == 0)
        {
            return ToolReturnValue.Ok(text);
        }

        string number = code.Value.ToString(CultureInfo.InvariantCulture);
        string reason = errors.Output.Trim() is { Length: > 0 } error ? error : text.Length > 0 ? text : $"Exit code {number}";
        return ToolReturnValue.Error($"Plugin tool '{Name}' failed: {reason}", $"Exit {number}");
    }
}
