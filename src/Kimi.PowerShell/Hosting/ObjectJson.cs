using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text.Json;

namespace Kimi.PowerShell.Hosting;

/// <summary>PowerShell objects as JSON and back, with a bound on depth and size: objects of scripts may be cyclic or endless.</summary>
internal static class ObjectJson
{
    /// <summary>JSON of a value. What lies deeper than <paramref name="depth"/> becomes text.</summary>
    public static string Write(object? value, int depth)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(writer, value, depth);
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>A JSON value as a script wants it: custom objects, arrays, plain values.</summary>
    public static object? Read(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                PSObject item = new();
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    if (item.Properties[member.Name] is PSPropertyInfo same) { same.Value = Read(member.Value); }
                    else { item.Properties.Add(new PSNoteProperty(member.Name, Read(member.Value))); }
                }

                return item;
            case JsonValueKind.Array:
                return value.EnumerateArray().Select(Read).ToArray();
            default:
                return JsonValues.From(value);
        }
    }

    private static void Write(Utf8JsonWriter writer, object? value, int depth)
    {
        PSObject? wrapped = value as PSObject;
        object? plain = wrapped is null ? value : wrapped.BaseObject;
        switch (plain)
        {
            case null: writer.WriteNullValue(); break;
            case string or char or Guid or Uri or Version or Type or SwitchParameter: writer.WriteStringValue(plain.ToString()); break;
            case bool b: writer.WriteBooleanValue(b); break;
            case Enum e: writer.WriteStringValue(e.ToString()); break;
            case DateTime d: writer.WriteStringValue(d); break;
            case DateTimeOffset d: writer.WriteStringValue(d); break;
            case TimeSpan t: writer.WriteStringValue(t.ToString("c", CultureInfo.InvariantCulture)); break;
            case double d: WriteNumber(writer, d); break;
            case float f: WriteNumber(writer, f); break;
            case decimal d: writer.WriteNumberValue(d); break;
            case ulong u: writer.WriteNumberValue(u); break;
            case BigInteger i: writer.WriteRawValue(i.ToString(CultureInfo.InvariantCulture)); break;
            case sbyte or byte or short or ushort or int or uint or long: writer.WriteNumberValue(Convert.ToInt64(plain, CultureInfo.InvariantCulture)); break;
            case byte[] bytes: writer.WriteBase64StringValue(bytes); break;
            case JsonElement json: json.WriteTo(writer); break;
            default: WriteCompound(writer, plain, wrapped, depth); break;
        }
    }

    private static void WriteCompound(Utf8JsonWriter writer, object plain, PSObject? wrapped, int depth)
    {
        if (depth <= 0)
        {
            writer.WriteStringValue(LanguagePrimitives.ConvertTo<string>(wrapped ?? plain));
            return;
        }

        switch (plain)
        {
            case IDictionary members:
                writer.WriteStartObject();
                foreach (DictionaryEntry member in members)
                {
                    writer.WritePropertyName(LanguagePrimitives.ConvertTo<string>(member.Key));
                    Write(writer, member.Value, depth - 1);
                }

                writer.WriteEndObject();
                break;
            case IEnumerable items:
                writer.WriteStartArray();
                foreach (object? item in items) { Write(writer, item, depth - 1); }
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                foreach (PSPropertyInfo property in (wrapped ?? PSObject.AsPSObject(plain)).Properties) { WriteProperty(writer, property, depth); }
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteProperty(Utf8JsonWriter writer, PSPropertyInfo property, int depth)
    {
        object? value;
        try
        {
            if (!property.IsGettable) { return; }
            value = property.Value;
        }
        catch (GetValueException)
        {
            return; // a property that cannot be read now, such as the exit time of a running process
        }

        writer.WritePropertyName(property.Name);
        Write(writer, value, depth - 1);
    }

    private static void WriteNumber(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value)) { writer.WriteNumberValue(value); }
        else { writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture)); }
    }
}
