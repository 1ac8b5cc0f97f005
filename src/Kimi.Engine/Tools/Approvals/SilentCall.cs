using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>A call of a tool that asks for no permission of its own, as rules see it.</summary>
/// <param name="Action">What it would ask permission for.</param>
/// <param name="Description">What would happen, in one line.</param>
/// <param name="Target">The path, address or text it is about; empty when there is none.</param>
public sealed record SilentCall(string Action, string Description, string Target)
{
    internal static SilentCall Of(string tool, JsonElement arguments, Func<string, string> canonical)
    {
        (string member, bool isPath, string otherwise) = tool switch
        {
            "ReadFile" or "ReadMediaFile" => ("path", true, ""),
            "Grep" => ("path", true, "."),
            "Glob" => ("directory", true, "."),
            "FetchURL" => ("url", false, ""),
            "SearchWeb" => ("query", false, ""),
            "Agent" => ("subagent_type", false, "coder"),
            _ => ("", false, ""),
        };
        string target = arguments.ValueKind == JsonValueKind.Object && arguments.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
            && value.ReadString() is { Length: > 0 } given ? given : otherwise;
        target = isPath && target.Length > 0 ? canonical(target) : target;
        return new SilentCall(
            isPath ? ApprovalActions.ReadFile : ApprovalActions.UseTool,
            target.Length > 0 ? $"Use {tool} on `{target}`" : $"Use {tool}",
            target);
    }
}
