using System.Text.Json;

namespace Kimi.Engine.Text;

/// <content>Objects and arrays.</content>
internal sealed partial class SchemaEvaluator
{
    private const int IndexedFrom = 16;

    /// <summary>Applies a schema to a member or an item.</summary>
    private bool Descend(object step, SchemaNode node, JsonElement value)
    {
        _path.Add(step);
        bool ok = Evaluate(node, value, null);
        _path.RemoveAt(_path.Count - 1);
        return ok;
    }

    private bool CheckObject(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        int count = value.GetPropertyCount();
        bool ok = true;
        if (count < node.MinProperties)
        {
            ok = Size($"at least {node.MinProperties} properties", count, value);
        }

        if (count > node.MaxProperties)
        {
            ok = Size($"at most {node.MaxProperties} properties", count, value);
        }

        if (node.Required is not null && (ok || !IsDone))
        {
            ok &= CheckRequired(node.Required, value, count, null);
        }

        if ((node.Properties is not null || node.PatternProperties is not null || node.AdditionalProperties is not null) && (ok || !IsDone))
        {
            ok &= CheckMembers(node, value, seen);
        }

        if (node.PropertyNames is not null && (ok || !IsDone))
        {
            ok &= CheckNames(node.PropertyNames, value);
        }

        if ((node.DependentRequired is not null || node.DependentSchemas is not null) && (ok || !IsDone))
        {
            ok &= CheckDependencies(node, value, count, seen);
        }

        if (node.UnevaluatedProperties is not null && (ok || !IsDone))
        {
            ok &= CheckUnevaluatedProperties(node.UnevaluatedProperties, value, seen!);
        }

        return ok;
    }

    private bool CheckRequired(string[] required, JsonElement value, int count, string? because)
    {
        HashSet<string>? present = null;
        if (required.Length >= IndexedFrom && count >= IndexedFrom)
        {
            present = new HashSet<string>(count, StringComparer.Ordinal);
            foreach (JsonProperty property in value.EnumerateObject())
            {
                present.Add(JsonText.Name(property));
            }
        }

        bool ok = true;
        foreach (string name in required)
        {
            if (present is null ? value.TryGetProperty(name, out _) : present.Contains(name))
            {
                continue;
            }

            ok = false;
            if (IsDone)
            {
                break;
            }

            string suffix = because is null ? "" : $" when '{because}' is given";
            Fail($"property '{name}'{suffix}", $"required property '{name}' is missing{suffix}", value);
        }

        return ok;
    }

    private bool CheckMembers(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        bool ok = true;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string name = JsonText.Name(property);
            bool known = false;
            if (node.Properties is not null && node.Properties.TryGetValue(name, out SchemaNode? schema))
            {
                known = true;
                ok &= Descend(name, schema, property.Value);
            }

            foreach (PatternProperty pattern in node.PatternProperties ?? [])
            {
                if (pattern.Pattern.IsMatch(name))
                {
                    known = true;
                    ok &= Descend(name, pattern.Schema, property.Value);
                }
            }

            if (!known && node.AdditionalProperties is not null)
            {
                known = true;
                ok &= node.AdditionalProperties.Always == false
                    ? FailMember(name, Unknown(node, name), property.Value)
                    : Descend(name, node.AdditionalProperties, property.Value);
            }

            if (known)
            {
                seen?.AddProperty(name);
            }

            if (!ok && IsDone)
            {
                return false;
            }
        }

        return ok;
    }

    private string Unknown(SchemaNode node, string name)
    {
        if (IsDone || node.Properties is not { Count: > 0 and <= 40 })
        {
            return $"unknown property '{name}'";
        }

        return $"unknown property '{name}' (known: {string.Join(", ", node.Properties.Keys)})";
    }

    private bool FailMember(string name, string message, JsonElement value)
    {
        _path.Add(name);
        Fail("no such property", message, value);
        _path.RemoveAt(_path.Count - 1);
        return false;
    }

    private bool CheckNames(SchemaNode schema, JsonElement value)
    {
        // Names are checked as the strings they are: put them into an array and read that.
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (JsonProperty property in value.EnumerateObject())
            {
                writer.WriteStringValue(JsonText.Name(property));
            }

            writer.WriteEndArray();
        }

        using JsonDocument names = JsonDocument.Parse(buffer.WrittenMemory);
        bool ok = true;
        foreach (JsonElement name in names.RootElement.EnumerateArray())
        {
            // A step of its own, so that a reference met again is not taken for a cycle.
            _path.Add(JsonText.Value(name));
            ok &= Evaluate(schema, name, null);
            _path.RemoveAt(_path.Count - 1);
            if (!ok && IsDone)
            {
                break;
            }
        }

        return ok;
    }

    private bool CheckDependencies(SchemaNode node, JsonElement value, int count, EvaluatedSet? seen)
    {
        bool ok = true;
        if (node.DependentRequired is not null)
        {
            foreach ((string name, string[] required) in node.DependentRequired)
            {
                ok &= !value.TryGetProperty(name, out _) || CheckRequired(required, value, count, name);
                if (!ok && IsDone)
                {
                    return false;
                }
            }
        }

        if (node.DependentSchemas is not null)
        {
            foreach ((string name, SchemaNode schema) in node.DependentSchemas)
            {
                ok &= !value.TryGetProperty(name, out _) || InPlace(schema, value, seen);
                if (!ok && IsDone)
                {
                    return false;
                }
            }
        }

        return ok;
    }

    private bool CheckUnevaluatedProperties(SchemaNode schema, JsonElement value, EvaluatedSet seen)
    {
        bool ok = true;
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string name = JsonText.Name(property);
            if (!seen.HasProperty(name))
            {
                ok &= schema.Always == false
                    ? FailMember(name, $"unknown property '{name}'", property.Value)
                    : Descend(name, schema, property.Value);
                if (!ok && IsDone)
                {
                    return false;
                }
            }
        }

        seen.AddAllProperties();
        return ok;
    }

    private bool CheckArray(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        int count = value.GetArrayLength();
        bool ok = true;
        if (count < node.MinItems)
        {
            ok = Size($"at least {node.MinItems} items", count, value);
        }

        if (count > node.MaxItems)
        {
            ok = Size($"at most {node.MaxItems} items", count, value);
        }

        if ((node.PrefixItems is not null || node.Items is not null) && (ok || !IsDone))
        {
            ok &= CheckItems(node, value, seen);
        }

        if (node.UniqueItems && (ok || !IsDone))
        {
            ok &= CheckUnique(value, count);
        }

        if (node.Contains is not null && (ok || !IsDone))
        {
            ok &= CheckContains(node, value, seen);
        }

        if (node.UnevaluatedItems is not null && (ok || !IsDone))
        {
            ok &= CheckUnevaluatedItems(node.UnevaluatedItems, value, seen!);
        }

        return ok;
    }

    private bool CheckItems(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        int prefix = node.PrefixItems?.Length ?? 0;
        bool ok = true;
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            SchemaNode? schema = i < prefix ? node.PrefixItems![i] : node.Items;
            if (schema is null)
            {
                break;
            }

            ok &= Descend(i, schema, item);
            if (!ok && IsDone)
            {
                return false;
            }

            i++;
        }

        if (node.Items is not null)
        {
            seen?.AddAllItems();
        }
        else
        {
            seen?.AddLeadingItems(prefix);
        }

        return ok;
    }

    private bool CheckUnique(JsonElement value, int count)
    {
        var items = new Dictionary<JsonElement, int>(count, JsonValueComparer.Instance);
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!items.TryAdd(item, i))
            {
                return IsDone ? false : Fail("unique items", $"items must be unique: {items[item]} and {i} are equal", value);
            }

            i++;
        }

        return true;
    }

    private bool CheckContains(SchemaNode node, JsonElement value, EvaluatedSet? seen)
    {
        long least = node.MinContains ?? 1;
        long matches = 0;
        int i = 0;
        _muted++;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (Descend(i, node.Contains!, item))
            {
                matches++;

                // Draft 7 knows no annotation here, but has no unevaluatedItems either.
                seen?.AddItem(i);
                if (seen is null && node.MaxContains is null && matches >= least)
                {
                    break;
                }
            }

            i++;
        }

        _muted--;
        if (matches < least)
        {
            return IsDone ? false : Size($"at least {least} items that are {Describe(node.Contains!)}", matches, value);
        }

        return !(matches > node.MaxContains) || Size($"at most {node.MaxContains} items that are {Describe(node.Contains!)}", matches, value);
    }

    private bool CheckUnevaluatedItems(SchemaNode schema, JsonElement value, EvaluatedSet seen)
    {
        bool ok = true;
        int i = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            if (!seen.HasItem(i))
            {
                ok &= Descend(i, schema, item);
                if (!ok && IsDone)
                {
                    return false;
                }
            }

            i++;
        }

        seen.AddAllItems();
        return ok;
    }
}
