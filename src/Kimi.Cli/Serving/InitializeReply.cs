using Kimi.Engine;
using Kimi.Engine.Text;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>The result of <c>initialize</c>.</summary>
internal sealed class InitializeReply(KimiSession session, ClientRegistrationResult registered)
{
    private const string ServerName = "Kimi Code CLI";

    private static readonly string[] s_hookEvents =
    [
        "PreToolUse", "PostToolUse", "PostToolUseFailure", "UserPromptSubmit", "Stop", "StopFailure", "SessionStart", "SessionEnd",
        "SubagentStart", "SubagentStop", "PreCompact", "PostCompact", "Notification",
    ];

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("protocol_version"u8, WireMessage.ProtocolVersion);
        writer.Name("server"u8);
        writer.BeginObject();
        writer.Member("name"u8, ServerName);
        writer.Member("version"u8, ProductVersion.Text);
        writer.EndObject();
        WriteCommands(writer);
        if (registered.Accepted.Count + registered.Rejected.Count > 0)
        {
            WriteTools(writer);
        }

        WriteHooks(writer);
        writer.Name("capabilities"u8);
        writer.BeginObject();
        writer.Member("supports_question"u8, true);
        writer.EndObject();
        writer.EndObject();
    }

    private void WriteCommands(JsonWriter writer)
    {
        writer.Name("slash_commands"u8);
        writer.BeginArray();
        foreach (SlashCommandInfo command in session.SlashCommands)
        {
            writer.BeginObject();
            writer.Member("name"u8, command.Name);
            writer.Member("description"u8, command.Description);
            WriteTexts(writer, "aliases"u8, command.Aliases);
            writer.EndObject();
        }

        writer.EndArray();
    }

    private void WriteTools(JsonWriter writer)
    {
        writer.Name("external_tools"u8);
        writer.BeginObject();
        WriteTexts(writer, "accepted"u8, registered.Accepted);
        writer.Name("rejected"u8);
        writer.BeginArray();
        foreach ((string name, string reason) in registered.Rejected)
        {
            writer.BeginObject();
            writer.Member("name"u8, name);
            writer.Member("reason"u8, reason);
            writer.EndObject();
        }

        writer.EndArray();
        writer.EndObject();
    }

    private void WriteHooks(JsonWriter writer)
    {
        writer.Name("hooks"u8);
        writer.BeginObject();
        WriteTexts(writer, "supported_events"u8, s_hookEvents);
        writer.Name("configured"u8);
        writer.BeginObject();
        foreach ((string name, int count) in registered.Hooks)
        {
            writer.Name(name.AsSpan());
            writer.Number(count);
        }

        writer.EndObject();
        writer.EndObject();
    }

    private static void WriteTexts(JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        writer.Name(name);
        writer.BeginArray();
        foreach (string text in texts)
        {
            writer.Text(text);
        }

        writer.EndArray();
    }
}
