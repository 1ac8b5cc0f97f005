using System.Text.Json;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Hooks;

/// <summary>Reads the decision of a command hook from what it printed and how it ended.</summary>
internal static class HookDecision
{
    private const int BlockExitCode = 2;

    public static HookOutcome Of(CommandResult result)
    {
        if (result.TimedOut)
        {
            return HookOutcome.Allow with { TimedOut = true };
        }

        return result.ExitCode switch
        {
            BlockExitCode => new HookOutcome(true, result.Error.Trim()),
            0 => FromOutput(result.Output),
            _ => HookOutcome.Allow,
        };
    }

    private static HookOutcome FromOutput(string output)
    {
        if (!output.AsSpan().TrimStart().StartsWith("{"))
        {
            return HookOutcome.Allow;
        }

        try
        {
            JsonElement root = LenientJson.Parse(output);
            if (!root.TryGetProperty("hookSpecificOutput"u8, out JsonElement specific)
                || specific.ValueKind != JsonValueKind.Object
                || !specific.TryGetProperty("permissionDecision"u8, out JsonElement decision)
                || decision.ValueKind != JsonValueKind.String
                || !decision.ValueEquals("deny"u8))
            {
                return HookOutcome.Allow;
            }

            return new HookOutcome(true, specific.TryGetProperty("permissionDecisionReason"u8, out JsonElement reason) ? Text(reason) : "");
        }
        catch (JsonException)
        {
            return HookOutcome.Allow;
        }
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.ReadString() ?? "",
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
