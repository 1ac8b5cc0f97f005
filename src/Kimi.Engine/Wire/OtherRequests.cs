using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Wire;

/// <summary>Run a tool that the client registered. The id is the model's tool call id.</summary>
public sealed record ToolCallRequest(string Name, string? Arguments) : WireRequest<ToolReturnValue>
{
    /// <inheritdoc/>
    public override string Type => "ToolCallRequest";

    /// <inheritdoc/>
    public override void Abandon(bool turnEnded) => Respond(turnEnded
        ? ToolReturnValue.Error("Agent turn ended before tool result was received.", "Turn ended")
        : ToolReturnValue.Error("Wire connection closed before tool result was received.", "Wire closed"));

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("name"u8, Name);
        writer.Member("arguments"u8, Arguments);
        writer.EndObject();
    }
}

/// <summary>One choice of a <see cref="Question"/>.</summary>
public sealed record QuestionOption(string Label, string Description = "");

/// <summary>One question of a <see cref="QuestionRequest"/>.</summary>
/// <param name="Text">The question.</param>
/// <param name="Header">A short heading.</param>
/// <param name="Options">The choices.</param>
/// <param name="MultiSelect">Whether several may be chosen.</param>
/// <param name="Body">Further text.</param>
/// <param name="OtherLabel">Label of the free answer.</param>
/// <param name="OtherDescription">Its description.</param>
public sealed record Question(
    string Text, string Header, IReadOnlyList<QuestionOption> Options, bool MultiSelect = false, string Body = "", string OtherLabel = "", string OtherDescription = "");

/// <summary>Questions to the user. The answer maps question texts to labels, comma separated; empty means dismissed.</summary>
public sealed record QuestionRequest(string ToolCallId, IReadOnlyList<Question> Questions) : WireRequest<IReadOnlyDictionary<string, string>>
{
    /// <summary>The answer of somebody who dismisses the questions.</summary>
    public static readonly IReadOnlyDictionary<string, string> Dismissed = new Dictionary<string, string>();

    /// <inheritdoc/>
    public override string Type => "QuestionRequest";

    /// <inheritdoc/>
    public override void Abandon(bool turnEnded) => Respond(Dismissed);

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("tool_call_id"u8, ToolCallId);
        writer.Name("questions"u8);
        writer.BeginArray();
        foreach (Question question in Questions)
        {
            writer.BeginObject();
            writer.Member("question"u8, question.Text);
            writer.Member("header"u8, question.Header);
            writer.Name("options"u8);
            writer.BeginArray();
            foreach (QuestionOption option in question.Options)
            {
                writer.BeginObject();
                writer.Member("label"u8, option.Label);
                writer.Member("description"u8, option.Description);
                writer.EndObject();
            }

            writer.EndArray();
            writer.Member("multi_select"u8, question.MultiSelect);
            writer.Member("body"u8, question.Body);
            writer.Member("other_label"u8, question.OtherLabel);
            writer.Member("other_description"u8, question.OtherDescription);
            writer.EndObject();
        }

        writer.EndArray();
        writer.EndObject();
    }
}

/// <summary>A client's answer to a hook.</summary>
public sealed record HookAnswer(bool Block, string Reason = "");

/// <summary>A hook that the client subscribed to has been triggered.</summary>
/// <param name="SubscriptionId">The client's id of the subscription.</param>
/// <param name="Event">The hook event.</param>
/// <param name="Target">What the matcher was compared with.</param>
/// <param name="InputData">The payload a command hook would get (an object).</param>
public sealed record HookRequest(string SubscriptionId, string Event, string Target, JsonElement InputData) : WireRequest<HookAnswer>
{
    /// <inheritdoc/>
    public override string Type => "HookRequest";

    /// <inheritdoc/>
    public override void Abandon(bool turnEnded) => Respond(new HookAnswer(false));

    /// <inheritdoc/>
    public override void WritePayload(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("id"u8, Id);
        writer.Member("subscription_id"u8, SubscriptionId);
        writer.Member("event"u8, Event);
        writer.Member("target"u8, Target);
        writer.Name("input_data"u8);
        writer.Element(InputData);
        writer.EndObject();
    }
}
