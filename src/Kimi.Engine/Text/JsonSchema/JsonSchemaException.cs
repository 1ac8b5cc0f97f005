namespace Kimi.Engine.Text;

/// <summary>A schema that cannot be used, or a check that was given up because it would take too long or too deep.</summary>
public sealed class JsonSchemaException : Exception
{
    /// <summary>Makes one without a text.</summary>
    public JsonSchemaException()
    {
    }

    /// <summary>Makes one with its reason.</summary>
    public JsonSchemaException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its reason and cause.</summary>
    public JsonSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
