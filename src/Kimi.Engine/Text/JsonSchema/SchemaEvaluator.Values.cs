using System.Globalization;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <content>Types, fixed values, numbers and strings; and how a schema is named in a message.</content>
internal sealed partial class SchemaEvaluator
{
    private const int ShownValues = 12;

    private bool CheckValue(SchemaNode node, JsonElement value)
    {
        if (node.Types != SchemaTypes.None && !FitsType(node.Types, value))
        {
            return IsDone ? false : Expect(TypeNames(node.Types), value);
        }

        if (node.Const is JsonElement constant && !JsonValueComparer.Instance.Equals(constant, value))
        {
            return IsDone ? false : Expect(Short(constant.GetRawText()), value);
        }

        if (node.Enum is not null && !IsOneOf(node, value))
        {
            return IsDone ? false : Expect("one of " + Values(node.Enum), value);
        }

        return true;
    }

    private static bool IsOneOf(SchemaNode node, JsonElement value)
    {
        if (node.EnumSet is not null)
        {
            return node.EnumSet.Contains(value);
        }

        foreach (JsonElement one in node.Enum!)
        {
            if (JsonValueComparer.Instance.Equals(one, value))
            {
                return true;
            }
        }

        return false;
    }

    private bool CheckNumber(SchemaNode node, JsonElement value)
    {
        var number = JsonNumber.Of(value);
        bool ok = true;
        if (node.Minimum is { } minimum && number.CompareTo(minimum) < 0)
        {
            ok = Limit("a number of at least", minimum, value);
        }

        if (node.ExclusiveMinimum is { } above && number.CompareTo(above) <= 0)
        {
            ok = Limit("a number above", above, value);
        }

        if (node.Maximum is { } maximum && number.CompareTo(maximum) > 0)
        {
            ok = Limit("a number of at most", maximum, value);
        }

        if (node.ExclusiveMaximum is { } below && number.CompareTo(below) >= 0)
        {
            ok = Limit("a number below", below, value);
        }

        if (node.MultipleOf is { } step && !number.IsMultipleOf(step))
        {
            ok = IsDone ? false : Fail($"a multiple of {node.MultipleOfText}", $"expected a multiple of {node.MultipleOfText}", value);
        }

        return ok;
    }

    private bool Limit(string what, JsonNumber limit, JsonElement value) => IsDone ? false : Expect($"{what} {limit}", value);

    private bool CheckString(SchemaNode node, JsonElement value)
    {
        string text = JsonText.Value(value);
        bool ok = true;
        if ((node.MinLength ?? node.MaxLength) is not null)
        {
            int length = JsonText.Length(text);
            if (length < node.MinLength)
            {
                ok = Size($"at least {node.MinLength} characters", length, value);
            }

            if (length > node.MaxLength)
            {
                ok = Size($"at most {node.MaxLength} characters", length, value);
            }
        }

        if (node.Pattern is not null && (ok || !IsDone) && !node.Pattern.IsMatch(text))
        {
            ok = IsDone ? false : Expect($"text matching the pattern {Short(node.Pattern.Text)}", value);
        }

        return ok;
    }

    private bool Size(string expected, long actual, JsonElement value) =>
        IsDone ? false : Fail(expected, string.Create(CultureInfo.InvariantCulture, $"needs {expected}, has {actual}"), value);

    private static bool FitsType(SchemaTypes types, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => (types & SchemaTypes.Null) != 0,
        JsonValueKind.True or JsonValueKind.False => (types & SchemaTypes.Boolean) != 0,
        JsonValueKind.Object => (types & SchemaTypes.Object) != 0,
        JsonValueKind.Array => (types & SchemaTypes.Array) != 0,
        JsonValueKind.String => (types & SchemaTypes.String) != 0,
        JsonValueKind.Number => (types & SchemaTypes.Number) != 0
            || ((types & SchemaTypes.Integer) != 0 && JsonNumber.Of(value).IsInteger),
        _ => false,
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.Number => JsonNumber.Of(value).IsInteger ? "integer" : "number",
        _ => "string",
    };

    private static string TypeNames(SchemaTypes types)
    {
        var names = new List<string>();
        for (SchemaTypes one = SchemaTypes.Null; one <= SchemaTypes.Integer; one = (SchemaTypes)((int)one << 1))
        {
            if ((types & one) != 0)
            {
                names.Add(one.ToString().ToLowerInvariant());
            }
        }

        return string.Join(" or ", names);
    }

    private static SchemaNode Target(SchemaNode node)
    {
        for (int i = 0; i < 8 && node.Ref is not null && node.Types == SchemaTypes.None; i++)
        {
            node = node.Ref;
        }

        return node;
    }

    private static string Describe(SchemaNode node)
    {
        node = Target(node);
        if (node.Const is JsonElement constant)
        {
            return Short(constant.GetRawText());
        }

        if (node.Enum is not null)
        {
            return "one of " + Values(node.Enum);
        }

        string type = node.Types == SchemaTypes.None ? "" : TypeNames(node.Types);
        if (node.Required is { Length: > 0 } required)
        {
            return $"{(type.Length == 0 ? "object" : type)} with {string.Join(", ", required.Take(ShownValues).Select(Short))}";
        }

        return type.Length > 0 ? type
            : node.Title is not null ? Short(node.Title)
            : node.Always == true ? "any value"
            : "a value of the schema";
    }

    private static string Values(JsonElement[] values)
    {
        string shown = string.Join(", ", values.Take(ShownValues).Select(v => Short(v.GetRawText())));
        return values.Length > ShownValues ? $"{shown} and {values.Length - ShownValues} more" : shown;
    }

    private static string Short(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[78]) ? 78 : 79), "…");
}
