using Kimi.Cli.Options;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Commands;

/// <summary><c>kimi info</c>: the versions others ask for. The Python member is kept because scripts read it.</summary>
internal static class InfoCommand
{
    private const string AgentSpecVersion = "1";
    private const string PythonVersion = "n/a";

    public static int Run(string[] arguments)
    {
        bool asJson = false;
        foreach (string argument in arguments)
        {
            switch (argument)
            {
                case "--json":
                    asJson = true;
                    break;
                case "-h" or "--help":
                    Console.Out.Write("Usage: kimi info [OPTIONS]\n\n  Show versions.\n\nOptions:\n  --json      As JSON.\n  -h, --help  Show this page and exit.\n");
                    return ExitCode.Success;
                default:
                    throw new UsageException(argument.StartsWith('-') ? $"No such option: {argument}" : $"Got unexpected extra argument ({argument})", "info");
            }
        }

        Console.Out.Write(asJson ? Json() : Text());
        return ExitCode.Success;
    }

    private static string Text() =>
        $"kimi-cli version: {ProductVersion.Text}\nagent spec versions: {AgentSpecVersion}\nwire protocol: {WireMessage.ProtocolVersion}\npython version: {PythonVersion}\n";

    private static string Json() => JsonWriter.Compose(static writer =>
    {
        writer.BeginObject();
        writer.Member("kimi_cli_version"u8, ProductVersion.Text);
        writer.Name("agent_spec_versions"u8);
        writer.BeginArray();
        writer.Text(AgentSpecVersion);
        writer.EndArray();
        writer.Member("wire_protocol_version"u8, WireMessage.ProtocolVersion);
        writer.Member("python_version"u8, PythonVersion);
        writer.EndObject();
    }, JsonLayout.Indented) + "\n";
}
