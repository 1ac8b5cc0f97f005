using System.Management.Automation;
using System.Text.Json.Nodes;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>The JSON Schema of a command's parameters.</summary>
internal static class CommandSchema
{
    private static readonly HashSet<string> s_common =
        [.. Cmdlet.CommonParameters, .. Cmdlet.OptionalCommonParameters, "ProgressAction"];

    /// <summary>The schema of the parameters that the model may give.</summary>
    /// <param name="command">The command.</param>
    /// <param name="bound">The parameters that are given already.</param>
    /// <param name="help">What is known of the parameters.</param>
    public static JsonObject Of(CommandInfo command, ICollection<string> bound, IReadOnlyDictionary<string, string> help)
    {
        JsonObject properties = [];
        JsonArray required = [];
        foreach (ParameterMetadata parameter in command.Parameters.Values)
        {
            if (s_common.Contains(parameter.Name) || bound.Contains(parameter.Name) || IsHidden(parameter)) { continue; }
            JsonObject schema = SchemaOf(parameter);
            string? text = help.GetValueOrDefault(parameter.Name) ?? HelpMessage(parameter);
            if (AcceptsObjects(parameter))
            {
                text = $"{text} The output of an earlier call can be given as its name, such as \"@r1\".".TrimStart();
                schema.Remove("type"); // a name is text, whatever the objects are
            }

            if (!string.IsNullOrWhiteSpace(text)) { schema["description"] = text; }
            properties[parameter.Name] = schema;
            if (IsRequired(command, parameter)) { required.Add(parameter.Name); }
        }

        JsonObject result = new() { ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0) { result["required"] = required; }
        return result;
    }

    private static JsonObject SchemaOf(ParameterMetadata parameter)
    {
        try
        {
            return TypeSchema.Of(parameter.ParameterType, parameter.Attributes);
        }
        catch (ArgumentException)
        {
            return []; // a type that only PowerShell can make: the binder says what it thinks of a value
        }
    }

    public static bool AcceptsObjects(ParameterMetadata parameter) =>
        parameter.ParameterSets.Values.Any(s => s.ValueFromPipeline) &&
        (parameter.ParameterType == typeof(PSObject) || parameter.ParameterType == typeof(object) ||
            parameter.ParameterType == typeof(PSObject[]) || parameter.ParameterType == typeof(object[]));

    private static bool IsHidden(ParameterMetadata parameter) =>
        parameter.Attributes.OfType<ParameterAttribute>().Any() && parameter.Attributes.OfType<ParameterAttribute>().All(a => a.DontShow);

    private static string? HelpMessage(ParameterMetadata parameter) =>
        parameter.ParameterSets.Values.Select(s => s.HelpMessage).FirstOrDefault(m => !string.IsNullOrWhiteSpace(m));

    private static bool IsRequired(CommandInfo command, ParameterMetadata parameter)
    {
        string? main = command switch
        {
            CmdletInfo cmdlet => cmdlet.DefaultParameterSet,
            FunctionInfo function => function.DefaultParameterSet,
            _ => null,
        };
        Dictionary<string, ParameterSetMetadata> sets = parameter.ParameterSets;
        return sets.TryGetValue(ParameterAttribute.AllParameterSets, out ParameterSetMetadata? all) ? all.IsMandatory
            : main is not null && sets.TryGetValue(main, out ParameterSetMetadata? own) ? own.IsMandatory
            : string.IsNullOrEmpty(main) && command.ParameterSets.All(s => sets.TryGetValue(s.Name, out ParameterSetMetadata? set) && set.IsMandatory);
    }
}
