using System.Collections;
using System.ComponentModel;
using System.Management.Automation;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Kimi.PowerShell.Hosting;

/// <summary>JSON Schemas of .NET and PowerShell types, with what their attributes say.</summary>
internal static class TypeSchema
{
    private const int MaxDepth = 8;

    /// <summary>The schema of a type.</summary>
    /// <exception cref="ArgumentException">The type has nothing that a model could fill in.</exception>
    public static JsonObject Of(Type type) => Of(type, [], 0);

    /// <summary>The schema of a value of a type that has attributes, such as a property or a parameter.</summary>
    public static JsonObject Of(Type type, IEnumerable<object> attributes) => Refine(Of(type), attributes);

    private static JsonObject Of(Type type, IEnumerable<object> attributes, int depth)
    {
        Type plain = Nullable.GetUnderlyingType(type) ?? type;
        JsonObject schema = Simple(plain) ?? Compound(plain, depth);
        return Refine(schema, attributes);
    }

    private static JsonObject? Simple(Type type)
    {
        if (type.IsEnum)
        {
            return new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. Enum.GetNames(type).Select(n => (JsonNode)n)]) };
        }

        if (type == typeof(SwitchParameter)) { return new JsonObject { ["type"] = "boolean" }; }
        if (type == typeof(DateTime) || type == typeof(DateTimeOffset)) { return new JsonObject { ["type"] = "string", ["format"] = "date-time" }; }
        if (type == typeof(byte[])) { return new JsonObject { ["type"] = "string", ["contentEncoding"] = "base64" }; }
        if (type == typeof(Uri)) { return new JsonObject { ["type"] = "string", ["format"] = "uri" }; }
        if (type == typeof(object) || type == typeof(PSObject)) { return []; }
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => new JsonObject { ["type"] = "boolean" },
            TypeCode.SByte or TypeCode.Byte or TypeCode.Int16 or TypeCode.UInt16 or TypeCode.Int32 or TypeCode.UInt32 or TypeCode.Int64 or TypeCode.UInt64 =>
                new JsonObject { ["type"] = "integer" },
            TypeCode.Single or TypeCode.Double or TypeCode.Decimal => new JsonObject { ["type"] = "number" },
            TypeCode.String or TypeCode.Char => new JsonObject { ["type"] = "string" },
            _ when type == typeof(TimeSpan) || type == typeof(Guid) || type == typeof(Version) || typeof(FileSystemInfo).IsAssignableFrom(type) || type == typeof(ScriptBlock) =>
                new JsonObject { ["type"] = "string" },
            _ => null,
        };
    }

    private static JsonObject Compound(Type type, int depth)
    {
        if (depth > MaxDepth) { throw new ArgumentException($"The type {type} is too deep, or contains itself: a schema cannot be made of it."); }
        if (typeof(IDictionary).IsAssignableFrom(type)) { return new JsonObject { ["type"] = "object" }; }
        if (Item(type) is Type item) { return new JsonObject { ["type"] = "array", ["items"] = Of(item, [], depth + 1) }; }

        if (type.IsAbstract || (!type.IsValueType && type.GetConstructor([]) is null))
        {
            throw new ArgumentException($"An object of the type {type} cannot be made: it has no public constructor without parameters.");
        }

        JsonObject properties = [];
        JsonArray required = [];
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is not { IsPublic: true } || property.GetIndexParameters().Length > 0 || property.IsDefined(typeof(HiddenAttribute))) { continue; }
            object[] attributes = property.GetCustomAttributes(inherit: true);
            properties[property.Name] = Of(property.PropertyType, attributes, depth + 1);
            if (Nullable.GetUnderlyingType(property.PropertyType) is null) { required.Add(property.Name); }
        }

        if (properties.Count == 0) { throw new ArgumentException($"The type {type} has no property that can be set: a schema cannot be made of it."); }
        return new JsonObject { ["type"] = "object", ["properties"] = properties, ["required"] = required, ["additionalProperties"] = false };
    }

    private static Type? Item(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.GetInterfaces().Append(type)
            .FirstOrDefault(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEnumerable<>))?.GetGenericArguments()[0]
        ?? (typeof(IEnumerable).IsAssignableFrom(type) ? typeof(object) : null);

    private static JsonObject Refine(JsonObject schema, IEnumerable<object> attributes)
    {
        JsonObject target = schema["items"] is JsonObject items ? items : schema;
        foreach (object attribute in attributes)
        {
            switch (attribute)
            {
                case DescriptionAttribute { Description.Length: > 0 } text: schema["description"] = text.Description; break;
                case ValidateSetAttribute set: target["enum"] = new JsonArray([.. set.ValidValues.Select(v => (JsonNode)v)]); break;
                case ValidateRangeAttribute { MinRange: not null } range:
                    target["minimum"] = JsonNode.Parse(ObjectJson.Write(range.MinRange, 1));
                    target["maximum"] = JsonNode.Parse(ObjectJson.Write(range.MaxRange, 1));
                    break;
                case ValidateLengthAttribute length:
                    target["minLength"] = length.MinLength;
                    target["maxLength"] = length.MaxLength;
                    break;
                case ValidatePatternAttribute pattern: target["pattern"] = pattern.RegexPattern; break;
                case ValidateCountAttribute count:
                    schema["minItems"] = count.MinLength;
                    schema["maxItems"] = count.MaxLength;
                    break;
            }
        }

        return schema;
    }
}
