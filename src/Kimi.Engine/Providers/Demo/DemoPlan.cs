using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Demo;

/// <summary>What the demo model does next.</summary>
internal static class DemoPlan
{
    private static readonly string[] s_telling =
        ["README.md", "readme.md", "README.rst", "README.txt", "README", "package.json", "pyproject.toml", "Cargo.toml", "go.mod", "pom.xml", "Makefile"];

    private static readonly string[] s_readable =
        [".md", ".txt", ".sln", ".slnx", ".csproj", ".ps1", ".psd1", ".py", ".cs", ".js", ".ts", ".json", ".toml", ".yml", ".yaml", ".xml", ".c", ".rs", ".go", ".java", ".sh"];

    /// <summary>The calls to make now; none when everything is done.</summary>
    public static List<ToolCall> NextCalls(DemoScene scene)
    {
        List<ToolCall> calls = [];
        if (scene.Offers("Glob") && scene.ResultOf("Glob") is null)
        {
            Add(calls, scene, "Glob", ("pattern", "*"));
            return calls;
        }

        if (scene.Offers("ReadFile") && scene.ResultOf("ReadFile") is null && ChooseFile(scene) is string file)
        {
            Add(calls, scene, "ReadFile", ("path", file));
        }

        if (scene.Offers("Shell") && scene.ResultOf("Shell") is null)
        {
            Add(calls, scene, "Shell", ("command", "echo \"Hello from the shell.\""));
        }

        if (scene.Offers("mcp_search") && scene.ResultOf("mcp_search") is null)
        {
            Add(calls, scene, "mcp_search", ("query", Query(scene.Question)));
        }

        if (calls.Count == 0 && scene.Offers("mcp_call") && scene.ResultOf("mcp_call") is null && DemoMcp.ChooseCall(scene) is (string name, string arguments))
        {
            calls.Add(new ToolCall(Id(scene, calls.Count), "mcp_call", JsonWriter.Compose(writer =>
            {
                writer.BeginObject();
                writer.Member("name"u8, name);
                writer.Name("arguments"u8);
                writer.Element(LenientJson.Parse(arguments));
                writer.EndObject();
            })));
        }

        return calls;
    }

    /// <summary>What is said before the calls.</summary>
    public static string Announce(DemoScene scene, List<ToolCall> calls) => calls[0].Name switch
    {
        "Glob" => "I am the built-in demo model. I will look at what is here.",
        "mcp_call" => "A tool of an MCP server fits; I will call it.",
        _ when calls.Exists(static call => call.Name == "ReadFile") => $"I will read {ChooseFile(scene)}" + (calls.Count > 1 ? " and try the other tools at the same time." : "."),
        _ => "Next I will try the other tools.",
    };

    /// <summary>The file of the folder that tells most; null when there is none to read.</summary>
    public static string? ChooseFile(DemoScene scene)
    {
        string[] entries = Entries(scene);
        foreach (string name in s_telling)
        {
            if (Array.IndexOf(entries, name) >= 0)
            {
                return name;
            }
        }

        foreach (string extension in s_readable)
        {
            foreach (string entry in entries)
            {
                if (entry.EndsWith(extension, StringComparison.OrdinalIgnoreCase) && entry[0] != '.')
                {
                    return entry;
                }
            }
        }

        return null;
    }

    /// <summary>The names that Glob found.</summary>
    public static string[] Entries(DemoScene scene) => scene.ResultOf("Glob") is { Error: null } found
        ? found.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        : [];

    private static void Add(List<ToolCall> calls, DemoScene scene, string tool, (string Name, string Value) argument) =>
        calls.Add(new ToolCall(Id(scene, calls.Count), tool, JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            writer.Name(argument.Name.AsSpan());
            writer.Text(argument.Value);
            writer.EndObject();
        })));

    private static string Id(DemoScene scene, int number) => $"demo_{scene.Step}_{number}";

    private static string Query(string question)
    {
        string line = question.Split('\n', 2)[0].Trim();
        return line.Length is 0 or > 200 ? "time" : line;
    }
}
