using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions.Transcripts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>Reads the branches of a tree into the files of a session.</summary>
internal sealed class PiReader(PiTree tree)
{
    // pi may end in the middle of a step; a model takes no call without a result.
    private const string InterruptedCall = "<system>ERROR: The call was interrupted; it has no result.</system>";

    /// <summary>Fills a conversation: every earlier state and other branch is set aside as a rotated file, the branch of the last entry comes last.</summary>
    public PiImport ReadInto(Conversation conversation, string sessionDirectory)
    {
        if (SystemPrompt() is string prompt)
        {
            conversation.SetSystemPrompt(prompt);
        }

        List<PiEntry> tips = Tips();
        bool first = true;
        int branches = 0;
        foreach (PiEntry tip in tips)
        {
            List<ContextMessage> messages = Context(tip);
            bool isLast = tip == tips[^1];
            if (messages.Count == 0 && !isLast)
            {
                continue;
            }

            if (!first)
            {
                conversation.Clear();
                branches++;
            }

            Write(messages, conversation);
            first = false;
        }

        string? title = Name();
        if (title is not null)
        {
            new SessionState(sessionDirectory).SaveOwn(state =>
            {
                state.CustomTitle = CodePoints.Take(title, 200);
                state.TitleGenerated = true;
            });
        }

        return new PiImport(
            tree.Header.StringOrNull("id")!, tree.Header.StringOrNull("cwd") ?? "", tree.Header.StringOrNull("timestamp") ?? "", title,
            tips.Count == 0 ? null : Model(tips[^1]), conversation.History.Count, branches);
    }

    private string? SystemPrompt()
    {
        foreach (PiEntry entry in tree.Entries)
        {
            if (entry.Type == "custom" && entry.Value.StringOrNull("customType") == PiWriter.SessionType && entry.Value.TryMember("data", out JsonElement data))
            {
                return data.StringOrNull("systemPrompt");
            }
        }

        return null;
    }

    private string? Name()
    {
        for (int i = tree.Entries.Count - 1; i >= 0; i--)
        {
            if (tree.Entries[i].Type == "session_info" && tree.Entries[i].Value.StringOrNull("name")?.Trim() is { Length: > 0 } name)
            {
                return name;
            }
        }

        return null;
    }

    private PiModel? Model(PiEntry tip)
    {
        PiModel? model = null;
        string level = "off";
        foreach (PiEntry entry in tree.PathTo(tip))
        {
            switch (entry.Type)
            {
                case "model_change" when entry.Value.StringOrNull("modelId") is string id:
                    model = new PiModel(entry.Value.StringOrNull("provider") ?? "", id, model?.Api ?? "");
                    break;
                case "thinking_level_change":
                    level = entry.Value.StringOrNull("thinkingLevel") ?? level;
                    break;
                case "message" when entry.Value.TryMember("message", out JsonElement message) && message.StringOrNull("model") is string used:
                    model = new PiModel(message.StringOrNull("provider") ?? "", used, message.StringOrNull("api") ?? "");
                    break;
            }
        }

        return model is null ? null : model with { ThinkingLevel = level };
    }

    /// <summary>The entries whose conversations are kept: ends of branches and what stood before compactions. The last entry of the file comes last.</summary>
    private List<PiEntry> Tips()
    {
        if (tree.Entries.Count == 0)
        {
            return [];
        }

        HashSet<string> parents = new(StringComparer.Ordinal);
        foreach (PiEntry entry in tree.Entries)
        {
            if (entry.ParentId is string parent && parent != entry.Id)
            {
                parents.Add(parent);
            }
        }

        PiEntry active = tree.Entries[^1];
        List<PiEntry> tips = [];
        HashSet<string> taken = new(StringComparer.Ordinal) { active.Id };
        foreach (PiEntry entry in tree.Entries)
        {
            // What hangs behind a compaction starts with its summary, so the entry before it is the end of an older state.
            PiEntry? tip = entry.Type == "compaction" ? tree.Find(entry.ParentId) : parents.Contains(entry.Id) ? null : entry;
            if (tip is not null && taken.Add(tip.Id))
            {
                tips.Add(tip);
            }
        }

        tips.Sort(static (a, b) => a.Position.CompareTo(b.Position));
        tips.Add(active);
        return tips;
    }

    /// <summary>The conversation of a branch.</summary>
    private List<ContextMessage> Context(PiEntry tip)
    {
        List<PiEntry> path = tree.PathTo(tip);
        List<ContextMessage> messages = [];
        path.RemoveAll(static entry => entry.Type == "message" && entry.Value.TryMember("message", out JsonElement message) && PiMessages.IsFailed(message));
        int compaction = path.FindLastIndex(static entry => entry.Type == "compaction");
        if (compaction >= 0)
        {
            JsonElement value = path[compaction].Value;
            messages.Add(new ContextMessage(PiMessages.ReadOriginal(value) ?? CompactionNote.ToMessage(value.StringOrNull("summary") ?? "")));
            string? firstKept = PiTree.FirstKept(path[compaction]);
            int kept = path.FindIndex(entry => entry.Id == firstKept);
            for (int i = kept < 0 ? compaction : kept; i < compaction; i++)
            {
                Add(path[i], messages);
            }
        }

        for (int i = compaction + 1; i < path.Count; i++)
        {
            Add(path[i], messages);
        }

        return Answered(messages);
    }

    private static void Add(PiEntry entry, List<ContextMessage> messages)
    {
        Message? message = PiMessages.ReadOriginal(entry.Value) ?? entry.Type switch
        {
            "message" when entry.Value.TryMember("message", out JsonElement value) => PiMessages.Read(value),
            "custom_message" when PiMessages.ReadContent(entry.Value) is { Count: > 0 } content => new Message(Role.User, content),
            "branch_summary" when entry.Value.StringOrNull("summary") is { Length: > 0 } summary => new Message(
                Role.User, $"The conversation comes back from another branch, which is summed up here.\n\n<summary>\n{summary}\n</summary>"),
            _ => null,
        };
        if (entry.Type is "message" or "custom_message" or "branch_summary" && message is not null)
        {
            (long? input, long? total) = Usage(entry.Value);
            messages.Add(new ContextMessage(message) { InputTokens = input, TotalTokens = total });
        }
    }

    private static (long? Input, long? Total) Usage(JsonElement entry)
    {
        if (!entry.TryMember("message", out JsonElement message) || !message.TryMember("usage", out JsonElement usage))
        {
            return (null, null);
        }

        long input = usage.LongOr("input", 0) + usage.LongOr("cacheRead", 0) + usage.LongOr("cacheWrite", 0);
        long total = Math.Max(usage.LongOr("totalTokens", 0), input + usage.LongOr("output", 0));
        return total > 0 ? (input, total) : (null, null);
    }

    /// <summary>Gives every tool call a result, and leaves out results without a call: a session that was interrupted may have such, and no model takes them.</summary>
    private static List<ContextMessage> Answered(List<ContextMessage> messages)
    {
        List<ContextMessage> answered = [];
        List<ToolCall> open = [];
        foreach (ContextMessage message in messages)
        {
            if (message.Message.Role == Role.Tool)
            {
                if (open.RemoveAll(call => call.Id == message.Message.ToolCallId) == 0)
                {
                    continue;
                }
            }
            else if (!InternalMessages.IsInternal(message.Message))
            {
                Close();
            }

            answered.Add(message);
            open.AddRange(message.Message.ToolCalls ?? []);
        }

        Close();
        return answered;

        void Close()
        {
            foreach (ToolCall call in open)
            {
                answered.Add(new ContextMessage(new Message(Role.Tool, [new TextPart(InterruptedCall)], toolCallId: call.Id)));
            }

            open.Clear();
        }
    }

    private static void Write(List<ContextMessage> messages, Conversation conversation)
    {
        foreach (ContextMessage message in messages)
        {
            bool beginsTurn = InternalMessages.IsFromUser(message.Message) && !CompactionNote.IsSummary(message.Message);
            if (conversation.NextCheckpoint == 0 || beginsTurn || message.Message.Role == Role.Assistant)
            {
                conversation.Checkpoint();
            }

            if (message.InputTokens is long input and > 0)
            {
                conversation.SetTokenCount(input);
            }

            conversation.Append(message.Message);
            if (message.TotalTokens is long total)
            {
                conversation.SetTokenCount(total);
            }
        }
    }
}
