namespace Kimi.Engine.Text;

/// <summary>One place of a value that does not fit its schema.</summary>
/// <param name="InstancePath">JSON pointer to the place; empty for the whole value.</param>
/// <param name="Expected">What the schema asks for there.</param>
/// <param name="ActualKind">The JSON type found: null, boolean, object, array, number, integer or string.</param>
/// <param name="Message">Both in one sentence.</param>
public sealed record JsonSchemaViolation(string InstancePath, string Expected, string ActualKind, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{(InstancePath.Length == 0 ? "(root)" : InstancePath)}: {Message}";
}
