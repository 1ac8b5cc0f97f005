using System.Globalization;
using System.Text.Json;
using Kimi.Engine;
using Kimi.Engine.Text;

namespace Kimi.Cli.Serving;

/// <summary>The parameters of <c>initialize</c>.</summary>
internal static class InitializeParameters
{
    /// <summary>Reads the parameters; null when they are not what they must be.</summary>
    public static ClientRegistration? Read(JsonElement value)
    {
        ClientRegistration registration = new();
        return value.ValueKind == JsonValueKind.Object && value.StringOrNull("protocol_version") is not null
            && ReadClient(value, registration) && ReadTools(value, registration) && ReadHooks(value, registration) && ReadCapabilities(value, registration)
            ? registration : null;
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

    private static bool ReadClient(JsonElement value, ClientRegistration registration)
    {
        if (!value.TryMember("client", out JsonElement client))
        {
            return true;
        }

        registration.Name = client.StringOrNull("name");
        registration.Version = client.StringOrNull("version");
        return registration.Name is not null && (registration.Version is not null || !client.TryMember("version", out _));
    }

    private static bool ReadTools(JsonElement value, ClientRegistration registration)
    {
        if (!value.TryMember("external_tools", out JsonElement list))
        {
            return true;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        List<ClientTool> tools = [];
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.StringOrNull("name") is not string name || item.StringOrNull("description") is not string description
                || !item.TryMember("parameters", out JsonElement parameters) || parameters.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            tools.Add(new ClientTool(name, description, parameters.Clone()));
        }

        registration.Tools = tools;
        return true;
    }

    private static bool ReadHooks(JsonElement value, ClientRegistration registration)
    {
        if (!value.TryMember("hooks", out JsonElement list))
        {
            return true;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        List<ClientHook> hooks = [];
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

            hooks.Add(new ClientHook(id, name, item.StringOrNull("matcher") ?? "", timeout.Value));
        }

        registration.Hooks = hooks;
        return true;
    }

    private static bool ReadCapabilities(JsonElement value, ClientRegistration registration)
    {
        if (!value.TryMember("capabilities", out JsonElement capabilities))
        {
            return true;
        }

        bool question = false;
        bool plan = false;
        if (capabilities.ValueKind != JsonValueKind.Object || !ReadFlag(capabilities, "supports_question", ref question) || !ReadFlag(capabilities, "supports_plan_mode", ref plan))
        {
            return false;
        }

        registration.SupportsQuestion = question;
        registration.SupportsPlanMode = plan;
        return true;
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
