using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools;

/// <summary><c>SendDMail</c>: a message of the model to its own past.</summary>
internal sealed class SendDMailTool(ToolServices services) : Tool
{
    private static readonly byte[] s_schema = """
        {"properties":{"message":{"description":"What your past self must know.","type":"string"},"checkpoint_id":{"description":"The checkpoint to go back to.","minimum":0,"type":"integer"}},"required":["message","checkpoint_id"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "SendDMail",
        """
        Send a message back in time, to yourself at a checkpoint (`<system>CHECKPOINT n</system>`). The conversation is cut back to there and goes on with the message; files and everything else stay as they are.

        - Use it when what came since is no longer worth its room: a large file with one interesting line, a search that led nowhere, an attempt that failed and was then corrected.
        - Say what was done since, what was learned and what to do next; your past self knows nothing of it. The user does not see the message.
        """,
        s_schema);

    public override Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string message = read.Text("message");
        int checkpoint = read.Whole("checkpoint_id", min: 0);
        read.Check();
        string? reason = services.DMail is null ? "There is no checkpoint with the given ID" : services.DMail.Send(message, checkpoint);
        return Task.FromResult(reason is not null
            ? ToolReturnValue.Error($"Failed to send D-Mail. Error: {reason}", "Failed to send D-Mail")
            : ToolReturnValue.Ok(
                "", "If you see this message, the D-Mail was NOT sent successfully. This may be because some other tool that needs approval was rejected.", "El Psy Kongroo"));
    }
}
