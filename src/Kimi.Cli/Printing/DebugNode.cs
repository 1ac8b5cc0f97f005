using Kimi.Engine.Text;

namespace Kimi.Cli.Printing;

/// <summary>A value in its debug form: a literal, or a named or bracketed list of children.</summary>
internal sealed class DebugNode
{
    private DebugNode(string open, string close, IReadOnlyList<(string Key, DebugNode Value)>? children)
    {
        Open = open;
        Close = close;
        Children = children;
    }

    /// <summary>The literal, or what stands before the children.</summary>
    public string Open { get; }

    /// <summary>What stands after the children.</summary>
    public string Close { get; }

    /// <summary>The children with the text before each; null for a literal.</summary>
    public IReadOnlyList<(string Key, DebugNode Value)>? Children { get; }

    public static DebugNode None { get; } = Literal("None");

    public static DebugNode Literal(string text) => new(text, "", null);

    public static DebugNode Of(bool value) => Literal(value ? "True" : "False");

    public static DebugNode Of(long value) => Literal(value.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static DebugNode Of(string? value) => value is null ? None : Literal(PythonLiteral.Quote(value));

    /// <summary>A number as Python shows it.</summary>
    public static DebugNode Of(double value) => Literal(Kimi.Engine.Text.JsonWriter.Compose(writer => writer.Number(value)));

    /// <summary><c>Name(field=value, …)</c>.</summary>
    public static DebugNode Object(string name, params IEnumerable<(string Field, DebugNode Value)> fields) =>
        new($"{name}(", ")", [.. fields.Select(static field => ($"{field.Field}=", field.Value))]);

    /// <summary><c>[item, …]</c>.</summary>
    public static DebugNode List(IEnumerable<DebugNode> items) => new("[", "]", [.. items.Select(static item => ("", item))]);

    /// <summary><c>{'key': value, …}</c>.</summary>
    public static DebugNode Map(IEnumerable<(string Key, DebugNode Value)> members) =>
        new("{", "}", [.. members.Select(static member => ($"{PythonLiteral.Quote(member.Key)}: ", member.Value))]);
}
