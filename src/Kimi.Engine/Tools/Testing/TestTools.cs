using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools.Testing;

/// <summary><c>plus</c>: adds two numbers; for tests of agents.</summary>
internal sealed class PlusTool : Tool
{
    public override ToolDefinition Definition { get; } = new(
        "plus", "Add two numbers", """{"properties":{"a":{"description":"The first number","type":"number"},"b":{"description":"The second number","type":"number"}},"required":["a","b"],"type":"object"}""");

    public override bool IsReadOnly => true;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        (double a, double b) = Numbers.Read(arguments);
        return Task.FromResult(ToolReturnValue.Ok((a + b).ToString(CultureInfo.InvariantCulture)));
    }
}

/// <summary><c>compare</c>: compares two numbers; for tests of agents.</summary>
internal sealed class CompareTool : Tool
{
    public override ToolDefinition Definition { get; } = new(
        "compare", "Compare two numbers", """{"properties":{"a":{"description":"The first number","type":"number"},"b":{"description":"The second number","type":"number"}},"required":["a","b"],"type":"object"}""");

    public override bool IsReadOnly => true;

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        (double a, double b) = Numbers.Read(arguments);
        return Task.FromResult(ToolReturnValue.Ok(a > b ? "greater" : a < b ? "less" : "equal"));
    }
}

/// <summary><c>panic</c>: throws; for tests of agents.</summary>
internal sealed class PanicTool : Tool
{
    public override ToolDefinition Definition { get; } = new(
        "panic", "Raise an exception to cause the tool call to fail.", """{"properties":{"message":{"description":"The message of the exception","type":"string"}},"required":["message"],"type":"object"}""");

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string message = read.Text("message");
        read.Check();
        throw new InvalidOperationException($"panicked with a message with {message.Length.ToString(CultureInfo.InvariantCulture)} characters");
    }
}

/// <summary>The arguments of tools for two numbers.</summary>
internal static class Numbers
{
    public static (double A, double B) Read(JsonElement arguments)
    {
        ToolArguments read = new(arguments);
        double a = One("a");
        double b = One("b");
        read.Check();
        return (a, b);

        double One(string name)
        {
            if (arguments.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number))
            {
                return number;
            }

            read.Fault($"{name} must be a number");
            return 0;
        }
    }
}
