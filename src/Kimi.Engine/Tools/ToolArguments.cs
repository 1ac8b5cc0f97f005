using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools;

/// <summary>
/// Reads a tool's arguments with the reference's leniency: unknown members are ignored, <c>"60"</c> and <c>60.0</c> are
/// integers, the usual spellings are truth values, null only where it is allowed. All faults are collected; <see cref="Check"/>
/// throws them as one.
/// </summary>
public sealed class ToolArguments
{
    private readonly JsonElement _value;
    private readonly string _path;
    private readonly List<string> _faults;

    /// <summary>Reads from an object.</summary>
    /// <exception cref="ToolArgumentException">The arguments are no object.</exception>
    public ToolArguments(JsonElement value)
        : this(value, "", [])
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new ToolArgumentException($"arguments must be an object, not {KindName(value)}");
        }
    }

    private ToolArguments(JsonElement value, string path, List<string> faults)
    {
        _value = value;
        _path = path;
        _faults = faults;
    }

    /// <summary>A string that must be there.</summary>
    public string Text(string name)
    {
        if (!Find(name, out JsonElement value))
        {
            Fault(name, "is required");
            return "";
        }

        return AsText(name, value) ?? "";
    }

    /// <summary>A string with a default; null is a fault.</summary>
    public string Text(string name, string otherwise) => Find(name, out JsonElement value) ? AsText(name, value) ?? otherwise : otherwise;

    /// <summary>A string that may be absent or null.</summary>
    public string? TextOrNull(string name) =>
        Find(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? AsText(name, value) : null;

    /// <summary>A string out of a list of words.</summary>
    public string Word(string name, string? otherwise, params ReadOnlySpan<string> words)
    {
        string text = otherwise is null ? Text(name) : Text(name, otherwise);
        foreach (string word in words)
        {
            if (word == text)
            {
                return text;
            }
        }

        Fault(name, $"must be one of {string.Join(", ", words.ToArray())}");
        return otherwise ?? "";
    }

    /// <summary>A whole number with a default and bounds.</summary>
    public int Whole(string name, int? otherwise = null, int min = int.MinValue, int max = int.MaxValue)
    {
        if (!Find(name, out JsonElement value))
        {
            if (otherwise is null)
            {
                Fault(name, "is required");
            }

            return otherwise ?? 0;
        }

        return AsInteger(name, value, min, max) ?? otherwise ?? 0;
    }

    /// <summary>A whole number that may be absent or null.</summary>
    public int? WholeOrNull(string name, int min = int.MinValue, int max = int.MaxValue) => WholeOrNull(name, null, min, max);

    /// <summary>A whole number that may be null and has a default when absent.</summary>
    public int? WholeOrNull(string name, int? otherwise, int min, int max)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }

        return value.ValueKind == JsonValueKind.Null ? null : AsInteger(name, value, min, max);
    }

    /// <summary>A truth value with a default.</summary>
    public bool Flag(string name, bool otherwise)
    {
        if (!Find(name, out JsonElement value))
        {
            return otherwise;
        }

        bool? flag = value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when value.TryGetDouble(out double number) && number is 0 or 1 => number == 1,
            JsonValueKind.String => value.ReadString().Trim().ToLowerInvariant() switch
            {
                "true" or "yes" or "on" or "1" or "t" or "y" => true,
                "false" or "no" or "off" or "0" or "f" or "n" => false,
                _ => null,
            },
            _ => null,
        };
        if (flag is null)
        {
            Fault(name, $"must be true or false, not {KindName(value)}");
        }

        return flag ?? otherwise;
    }

    /// <summary>An array of objects; null when it is absent or null.</summary>
    public IReadOnlyList<ToolArguments>? ObjectsOrNull(string name)
    {
        if (!Find(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Fault(name, $"must be an array, not {KindName(value)}");
            return null;
        }

        List<ToolArguments> items = [];
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            string path = $"{_path}{name}.{index++}.";
            if (item.ValueKind == JsonValueKind.Object)
            {
                items.Add(new ToolArguments(item, path, _faults));
            }
            else
            {
                _faults.Add($"{path.TrimEnd('.')} must be an object, not {KindName(item)}");
            }
        }

        return items;
    }

    /// <summary>One object, or an array of objects, that must be there.</summary>
    public IReadOnlyList<ToolArguments> ObjectOrObjects(string name)
    {
        if (Find(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object)
        {
            return [new ToolArguments(value, $"{_path}{name}.", _faults)];
        }

        if (value.ValueKind == JsonValueKind.Array)
        {
            return ObjectsOrNull(name) ?? [];
        }

        Fault(name, value.ValueKind == JsonValueKind.Undefined ? "is required" : $"must be an object or an array, not {KindName(value)}");
        return [];
    }

    /// <summary>Whether the member is there, null included.</summary>
    public bool Has(string name) => Find(name, out _);

    /// <summary>Notes a fault of the tool's own rules; the text is shown as it is.</summary>
    public void Fault(string text) => _faults.Add(text);

    /// <summary>Throws when anything was wrong.</summary>
    /// <exception cref="ToolArgumentException">Names all faults.</exception>
    public void Check()
    {
        if (_faults.Count > 0)
        {
            throw new ToolArgumentException(string.Join("; ", _faults));
        }
    }

    private bool Find(string name, out JsonElement value) => _value.TryGetProperty(name, out value);

    private void Fault(string name, string what) => _faults.Add($"{_path}{name} {what}");

    private string? AsText(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.ReadString();
        }

        Fault(name, $"must be a string, not {KindName(value)}");
        return null;
    }

    private int? AsInteger(string name, JsonElement value, int min, int max)
    {
        double? number = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDouble(out double n) => n,
            JsonValueKind.True => 1,
            JsonValueKind.False => 0,
            JsonValueKind.String when double.TryParse(value.ReadString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n) => n,
            _ => null,
        };
        if (number is not double found || found != Math.Floor(found) || double.IsInfinity(found))
        {
            Fault(name, $"must be an integer, not {(value.ValueKind == JsonValueKind.Number ? value.GetRawText() : KindName(value))}");
            return null;
        }

        if (found < min)
        {
            Fault(name, $"must be at least {min.ToString(CultureInfo.InvariantCulture)}");
            return null;
        }

        if (found > max)
        {
            Fault(name, $"must be at most {max.ToString(CultureInfo.InvariantCulture)}");
            return null;
        }

        return (int)found;
    }

    private static string KindName(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "a truth value",
        JsonValueKind.Null => "null",
        _ => "nothing",
    };
}
