using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Cli.Serving;

/// <summary>A tool that the client runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What the model is told; may be empty.</param>
/// <param name="Parameters">Schema of its arguments.</param>
internal sealed record ExternalToolParameters(string Name, string Description, JsonElement Parameters);

/// <summary>A hook that the client listens to.</summary>
/// <param name="Id">The client's id.</param>
/// <param name="Event">The event.</param>
/// <param name="Matcher">Regular expression of targets; empty for all.</param>
/// <param name="TimeoutSeconds">Seconds until silence counts as consent.</param>
internal sealed record HookParameters(string Id, string Event, string Matcher, int TimeoutSeconds);

/// <summary>The parameters of <c>initialize</c>.</summary>
internal sealed record InitializeParameters
{
    /// <summary>Name of the client.</summary>
    public string? ClientName { get; private init; }

    /// <summary>Version of the client.</summary>
    public string? ClientVersion { get; private init; }

    /// <summary>Tools of the client; null when none were given.</summary>
    public IReadOnlyList<ExternalToolParameters>? ExternalTools { get; private init; }

    /// <summary>Hooks of the client.</summary>
    public IReadOnlyList<HookParameters> Hooks { get; private init; } = [];

    /// <summary>Whether capabilities were told.</summary>
    public bool HasCapabilities { get; private init; }

    /// <summary>Whether the client can show questions.</summary>
    public bool SupportsQuestion { get; private init; }

    /// <summary>Whether the client knows plan mode.</summary>
    public bool SupportsPlanMode { get; private init; }

    /// <summary>Reads the parameters; null when they are not what they must be.</summary>
    public static InitializeParameters? Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || value.StringOrNull("protocol_version") is null
            || !ReadClient(value, out string? name, out string? version)
            || !ReadTools(value, out List<ExternalToolParameters>? tools)
            || !ReadHooks(value, out List<HookParameters> hooks)
            || !ReadCapabilities(value, out bool hasCapabilities, out bool question, out bool plan))
        {
            return null;
        }

        return new InitializeParameters
        {
            ClientName = name,
            ClientVersion = version,
            ExternalTools = tools,
            Hooks = hooks,
            HasCapabilities = hasCapabilities,
            SupportsQuestion = question,
            SupportsPlanMode = plan,
        };
    }

    /// <summary>A truth value with the leniency of the configuration; null when it is none.</summary>
    public static bool? ReadBool(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number when value.TryGetDouble(out double number) => number switch { 0 => false, 1 => true, _ => null },
        JsonValueKind.String => value.ReadString().ToUpperInvariant() switch
        {
            "1" or "TRUE" or "T" or "YES" or "Y" or "ON" => true,
            "0" or "FALSE" or "F" or "NO" or "N" or "OFF" => false,
            _ => null,
        },
        _ => null,
    };

    private static int? ReadInteger(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) < int.MaxValue => (int)number,
        JsonValueKind.String when int.TryParse(value.ReadString().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) => number,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    private static bool ReadClient(JsonElement value, out string? name, out string? version)
    {
        name = version = null;
        if (!value.TryMember("client", out JsonElement client))
        {
            return true;
        }

        name = client.StringOrNull("name");
        version = client.StringOrNull("version");
        return name is not null && (version is not null || !client.TryMember("version", out _));
    }

    private static bool ReadTools(JsonElement value, out List<ExternalToolParameters>? tools)
    {
        tools = null;
        if (!value.TryMember("external_tools", out JsonElement list))
        {
            return true;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        tools = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.StringOrNull("name") is not string name || item.StringOrNull("description") is not string description
                || !item.TryMember("parameters", out JsonElement parameters) || parameters.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            tools.Add(new ExternalToolParameters(name, description, parameters.Clone()));
        }

        return true;
    }

    private static bool ReadHooks(JsonElement value, out List<HookParameters> hooks)
    {
        hooks = [];
        if (!value.TryMember("hooks", out JsonElement list))
        {
            return true;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.StringOrNull("id") is not string id || item.StringOrNull("event") is not string name
                || (item.TryGetProperty("matcher", out JsonElement matcher) && matcher.ValueKind != JsonValueKind.String))
            {
                return false;
            }

            int? timeout = 30;
            if (item.TryGetProperty("timeout", out JsonElement seconds) && (timeout = ReadInteger(seconds)) is null)
            {
                return false;
            }

            hooks.Add(new HookParameters(id, name, item.StringOrNull("matcher") ?? "", timeout.Value));
        }

        return true;
    }

    private static bool ReadCapabilities(JsonElement value, out bool hasCapabilities, out bool question, out bool plan)
    {
        question = plan = false;
        hasCapabilities = value.TryMember("capabilities", out JsonElement capabilities);
        return !hasCapabilities || (capabilities.ValueKind == JsonValueKind.Object
            && ReadFlag(capabilities, "supports_question", ref question) && ReadFlag(capabilities, "supports_plan_mode", ref plan));
    }

    private static bool ReadFlag(JsonElement value, string name, ref bool flag)
    {
        if (!value.TryGetProperty(name, out JsonElement member))
        {
            return true;
        }

        bool? read = ReadBool(member);
        flag = read ?? false;
        return read is not null;
    }
}
