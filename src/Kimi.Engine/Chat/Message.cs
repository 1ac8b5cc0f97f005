namespace Kimi.Engine.Chat;

/// <summary>Who speaks in a <see cref="Message"/>.</summary>
public enum Role
{
    /// <summary>The system prompt or an instruction of the program.</summary>
    System,

    /// <summary>The user, or the program on the user's behalf.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,

    /// <summary>The result of a tool call.</summary>
    Tool,
}

/// <summary>One message of a conversation. Immutable; what is derived from it (its bytes, its estimates) is computed once and kept.</summary>
public sealed class Message
{
    private byte[]? _line;
    private Encoded? _encoded;
    private int _textLength = -1;

    /// <summary>Makes a message.</summary>
    public Message(Role role, IReadOnlyList<ContentPart> content, IReadOnlyList<ToolCall>? toolCalls = null, string? toolCallId = null, string? name = null, bool? partial = null)
    {
        Role = role;
        Content = content;
        ToolCalls = toolCalls;
        ToolCallId = toolCallId;
        Name = name;
        Partial = partial;
    }

    /// <summary>Makes a message of one text part.</summary>
    public Message(Role role, string text)
        : this(role, [new TextPart(text)])
    {
    }

    /// <summary>Who speaks.</summary>
    public Role Role { get; }

    /// <summary>The content, in order; empty when there is none.</summary>
    public IReadOnlyList<ContentPart> Content { get; }

    /// <summary>The model's tool calls, in order; null when there are none.</summary>
    public IReadOnlyList<ToolCall>? ToolCalls { get; }

    /// <summary>The call this message answers (tool messages).</summary>
    public string? ToolCallId { get; }

    /// <summary>Name of the speaker, if any.</summary>
    public string? Name { get; }

    /// <summary>A flag that some providers know; passed through.</summary>
    public bool? Partial { get; }

    /// <summary>The text parts, joined.</summary>
    public string ExtractText(string separator = "")
    {
        if (Content is [TextPart only])
        {
            return only.Text;
        }

        return string.Join(separator, Content.OfType<TextPart>().Select(static part => part.Text));
    }

    /// <summary>Code points of all text parts together: the base of the context estimate.</summary>
    public int TextLength
    {
        get
        {
            if (_textLength < 0)
            {
                int sum = 0;
                foreach (ContentPart part in Content)
                {
                    if (part is TextPart text)
                    {
                        sum += Kimi.Engine.Text.CodePoints.Count(text.Text);
                    }
                }

                _textLength = sum;
            }

            return _textLength;
        }
    }

    /// <summary>The message as a line of a conversation file, compact JSON without line end. Made once.</summary>
    public ReadOnlyMemory<byte> Line => _line ??= MessageJson.Write(this);

    /// <summary>
    /// The message in a provider's request form, made once for each form: a step then copies bytes instead of serialising the
    /// history again. Only the latest form is kept, since a session rarely changes its provider.
    /// </summary>
    /// <param name="form">Identity of the form (a static object of the provider's map).</param>
    /// <param name="write">Makes the bytes.</param>
    public ReadOnlyMemory<byte> EncodedAs(object form, Func<Message, byte[]> write)
    {
        Encoded? encoded = _encoded;
        if (encoded is null || !ReferenceEquals(encoded.Form, form))
        {
            _encoded = encoded = new Encoded(form, write(this));
        }

        return encoded.Bytes;
    }

    private sealed record Encoded(object Form, byte[] Bytes);
}
