using System.Text;
using System.Text.Json;

namespace Kimi.Engine.Chat;

/// <summary>What the model is told of a tool.</summary>
public sealed class ToolDefinition
{
    private Encoded? _encoded;
    private JsonElement? _schema;

    /// <summary>Makes a definition.</summary>
    /// <param name="name">The tool's name.</param>
    /// <param name="description">What the model needs to know to use it.</param>
    /// <param name="parametersJson">JSON Schema (draft 2020-12) of the arguments: compact UTF-8 JSON, sent as it is.</param>
    public ToolDefinition(string name, string description, ReadOnlyMemory<byte> parametersJson)
    {
        Name = name;
        Description = description;
        ParametersJson = parametersJson;
    }

    /// <summary>Makes a definition from literal JSON text; blanks between tokens are taken out on the way to the model.</summary>
    public ToolDefinition(string name, string description, string parametersJson)
        : this(name, description, Encoding.UTF8.GetBytes(parametersJson))
    {
    }

    /// <summary>The tool's name.</summary>
    public string Name { get; }

    /// <summary>What the model needs to know to use it.</summary>
    public string Description { get; }

    /// <summary>The schema as UTF-8 JSON.</summary>
    public ReadOnlyMemory<byte> ParametersJson { get; }

    /// <summary>The schema, parsed when first asked for.</summary>
    public JsonElement Parameters
    {
        get
        {
            if (_schema is null)
            {
                using JsonDocument document = JsonDocument.Parse(ParametersJson);
                _schema = document.RootElement.Clone();
            }

            return _schema.Value;
        }
    }

    /// <summary>The definition in a provider's form, made once for each form (see <see cref="Message.EncodedAs"/>).</summary>
    public ReadOnlyMemory<byte> EncodedAs(object form, Func<ToolDefinition, byte[]> write)
    {
        Encoded? encoded = _encoded;
        if (encoded is null || !ReferenceEquals(encoded.Form, form))
        {
            _encoded = encoded = new Encoded(form, write(this));
        }

        return encoded.Bytes;
    }

    private sealed record Encoded(object Form, byte[] Bytes);
}
