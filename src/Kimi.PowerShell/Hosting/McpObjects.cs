using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;

namespace Kimi.PowerShell.Hosting;

/// <summary>The engine's MCP objects as those of scripts.</summary>
internal static class McpObjects
{
    public static McpToolInfo Tool(McpToolMatch match)
    {
        McpTool tool = match.Tool;
        return new McpToolInfo
        {
            Name = tool.FullName,
            Server = tool.Server,
            Tool = tool.Name,
            Description = PlainText.Strip(tool.Description),
            Schema = tool.SchemaText,
            ArgumentNames = [.. Arguments(tool.Schema).Select(a => a.Name)],
            IsReadOnly = tool.ReadOnlyHint,
            IsDestructive = IsDestructive(tool),
            Score = Math.Round(match.Score, 3),
        };
    }

    /// <summary>Whether the server says so: what it says of a read-only tool does not count.</summary>
    public static bool IsDestructive(McpTool tool) => tool.DestructiveHint == true && !tool.ReadOnlyHint;

    /// <summary>The arguments that a schema names, required ones first, each with its type.</summary>
    public static IReadOnlyList<McpArgument> Arguments(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out JsonElement properties)
            || properties.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        HashSet<string> required = schema.TryGetProperty("required", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            ? [.. names.EnumerateArray().Where(n => n.ValueKind == JsonValueKind.String).Select(n => n.GetString()!)]
            : [];
        return
        [
            .. properties.EnumerateObject().Select(p => new McpArgument(p.Name, TypeOf(p.Value), required.Contains(p.Name))).OrderBy(a => !a.IsRequired),
        ];
    }

    public static McpServerInfo Server(McpServerConfig server)
    {
        McpServerSnapshot? report = McpHub.Report(server.Name);
        return new McpServerInfo
        {
            Name = server.Name,
            Transport = server.Transport switch { Engine.Mcp.McpTransport.Http => "Http", Engine.Mcp.McpTransport.Sse => "Sse", _ => "Stdio" },
            Target = server.IsRemote ? SecretText.MaskUrl(server.Url) : SecretText.MaskCommand(server.Command, server.Arguments),
            Description = server.Description ?? "",
            EnvironmentNames = [.. server.Environment.Keys],
            HeaderNames = [.. server.Headers.Keys],
            Authorization = server.UsesOAuth ? "OAuth" : server.BearerToken is not null ? "Bearer" : "None",
            IsAuthorized = server.UsesOAuth ? McpCommands.IsAuthorized(ShareDirectory.Locate(EnvironmentSource.Process), server) : null,
            State = report is null ? "NotConnected" : State(report.State),
            ToolCount = report is { State: McpServerState.Connected } ? report.Tools.Count : null,
        };
    }

    public static McpServerTest Test(McpServerSnapshot report, TimeSpan duration) => new()
    {
        Name = report.Config.Name,
        Success = report.State == McpServerState.Connected,
        Reason = report.State == McpServerState.Connected ? "" : Reason(report),
        ToolCount = report.State == McpServerState.Connected ? report.Tools.Count : 0,
        Tools = report.State == McpServerState.Connected ? [.. report.Tools.Select(t => t.Name)] : [],
        Instructions = PlainText.Strip(report.Hint ?? ""),
        Duration = duration,
    };

    /// <summary>Why a server is not connected.</summary>
    public static string Reason(McpServerSnapshot report) => report.State == McpServerState.Unauthorized
        ? $"not authorized, run Connect-KimiMcpServer {Completers.Completion.Quote(report.Config.Name)}" // the engine's words name the kimi command
        : report.Error ?? "still connecting";

    public static McpToolResult Result(McpTool tool, McpCallResult result, TimeSpan duration) => new()
    {
        Name = tool.FullName,
        Server = tool.Server,
        Tool = tool.Name,
        IsError = result.IsError,
        Text = string.Join('\n', result.Parts.OfType<TextPart>().Select(p => p.Text)),
        StructuredContent = result.StructuredContent is JsonElement value ? Value(value) : null,
        Media = [.. result.Parts.OfType<MediaPart>().Select(Media)],
        Json = result.Raw is { ValueKind: not JsonValueKind.Undefined } raw ? raw.GetRawText() : "",
        Duration = duration,
    };

    /// <summary>The value of a text that is a JSON object or array; null if it is none.</summary>
    public static object? Parse(string text)
    {
        ReadOnlySpan<char> start = text.AsSpan().TrimStart();
        if (start.IsEmpty || start[0] is not ('{' or '[')) { return null; }
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Value(document.RootElement);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static object? Value(JsonElement value)
    {
        try
        {
            return ObjectJson.Read(value);
        }
        catch (Exception e) when (e is ArgumentException or System.Management.Automation.ExtendedTypeSystemException)
        {
            return JsonValues.From(value); // a member without a name cannot be a property
        }
    }

    private static McpMedia Media(MediaPart part)
    {
        string kind = part switch { ImageUrlPart => "Image", AudioUrlPart => "Audio", _ => "Video" };
        if (!part.Url.StartsWith("data:", StringComparison.Ordinal))
        {
            return new McpMedia { Kind = kind, MimeType = "", Uri = Uri.TryCreate(part.Url, UriKind.RelativeOrAbsolute, out Uri? address) ? address : null };
        }

        int comma = part.Url.IndexOf(',', StringComparison.Ordinal);
        string type = part.Url[5..Math.Max(5, part.Url.IndexOf(';', StringComparison.Ordinal))];
        byte[] data = new byte[(part.Url.Length * 3L / 4) + 3];
        return Convert.TryFromBase64Chars(part.Url.AsSpan(comma + 1), data, out int length)
            ? new McpMedia { Kind = kind, MimeType = type, Data = data[..length] }
            : new McpMedia { Kind = kind, MimeType = type, Data = System.Text.Encoding.UTF8.GetBytes(part.Url[(comma + 1)..]) };
    }

    private static string State(McpServerState state) => state switch
    {
        McpServerState.Connected => "Connected",
        McpServerState.Failed => "Failed",
        McpServerState.Unauthorized => "Unauthorized",
        McpServerState.Connecting => "Connecting",
        _ => "NotConnected",
    };

    private static string TypeOf(JsonElement schema) =>
        schema.ValueKind == JsonValueKind.Object && schema.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String
            ? type.GetString()!
            : "";
}

/// <summary>An argument of a tool.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type in the schema; empty if it has none.</param>
/// <param name="IsRequired">Whether it must be given.</param>
internal sealed record McpArgument(string Name, string Type, bool IsRequired);
