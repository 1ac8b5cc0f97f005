using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Equality of JSON values as JSON Schema means it: numbers by value, objects without order.</summary>
internal sealed class JsonValueComparer : IEqualityComparer<JsonElement>
{
    public static readonly JsonValueComparer Instance = new();

    private const int IndexedFrom = 16;

    public bool Equals(JsonElement x, JsonElement y)
    {
        if (x.ValueKind != y.ValueKind)
        {
            return false;
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new JsonSchemaException("the value is nested too deeply");
        }

        return x.ValueKind switch
        {
            JsonValueKind.Number => JsonNumber.Of(x).Equals(JsonNumber.Of(y)),
            JsonValueKind.String => string.Equals(JsonText.Value(x), JsonText.Value(y), StringComparison.Ordinal),
            JsonValueKind.Array => ArraysEqual(x, y),
            JsonValueKind.Object => ObjectsEqual(x, y),
            _ => true,
        };
    }

    public int GetHashCode(JsonElement obj)
    {
        // A constant below some depth keeps the contract and the stack.
        return Hash(obj, 0);
    }

    private static int Hash(JsonElement value, int depth)
    {
        if (depth > 64)
        {
            return 0;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                return JsonNumber.Of(value).GetHashCode();
            case JsonValueKind.String:
                return JsonText.Value(value).GetHashCode(StringComparison.Ordinal);
            case JsonValueKind.Array:
                var items = new HashCode();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    items.Add(Hash(item, depth + 1));
                }

                return items.ToHashCode();
            case JsonValueKind.Object:
                int sum = 17;
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    sum += HashCode.Combine(JsonText.Name(property).GetHashCode(StringComparison.Ordinal), Hash(property.Value, depth + 1));
                }

                return sum;
            default:
                return (int)value.ValueKind;
        }
    }

    private bool ArraysEqual(JsonElement x, JsonElement y)
    {
        if (x.GetArrayLength() != y.GetArrayLength())
        {
            return false;
        }

        using JsonElement.ArrayEnumerator left = x.EnumerateArray();
        using JsonElement.ArrayEnumerator right = y.EnumerateArray();
        while (left.MoveNext() && right.MoveNext())
        {
            if (!Equals(left.Current, right.Current))
            {
                return false;
            }
        }

        return true;
    }

    private bool ObjectsEqual(JsonElement x, JsonElement y)
    {
        int count = x.GetPropertyCount();
        if (count != y.GetPropertyCount())
        {
            return false;
        }

        Dictionary<string, JsonElement>? index = null;
        if (count >= IndexedFrom)
        {
            index = new Dictionary<string, JsonElement>(count, StringComparer.Ordinal);
            foreach (JsonProperty property in y.EnumerateObject())
            {
                index[JsonText.Name(property)] = property.Value;
            }
        }

        foreach (JsonProperty property in x.EnumerateObject())
        {
            string name = JsonText.Name(property);
            bool found = index is null ? y.TryGetProperty(name, out JsonElement other) : index.TryGetValue(name, out other);
            if (!found || !Equals(property.Value, other))
            {
                return false;
            }
        }

        return true;
    }
}
