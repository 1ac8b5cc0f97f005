using System.Text.Json;

namespace Kimi.Engine.Chat;

/// <summary>What a tool shows to the user.</summary>
public abstract record DisplayBlock
{
    /// <summary>The discriminator in JSON.</summary>
    public abstract string Type { get; }
}

/// <summary>A one-line summary.</summary>
public sealed record BriefBlock(string Text) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => "brief";
}

/// <summary>One hunk of a file change. Lines start at 1; a summary gives only the numbers of lines.</summary>
public sealed record DiffBlock(string Path, string OldText, string NewText, int OldStart = 1, int NewStart = 1, bool IsSummary = false) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => "diff";
}

/// <summary>State of a <see cref="TodoItem"/>.</summary>
public enum TodoStatus
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Being worked on.</summary>
    InProgress,

    /// <summary>Done.</summary>
    Done,
}

/// <summary>One entry of a to-do list.</summary>
public sealed record TodoItem(string Title, TodoStatus Status)
{
    /// <summary>The status as JSON has it: <c>pending</c>, <c>in_progress</c> or <c>done</c>.</summary>
    public string StatusName => Status switch { TodoStatus.Pending => "pending", TodoStatus.InProgress => "in_progress", _ => "done" };

    /// <summary>Reads a status; null when it is none.</summary>
    public static TodoStatus? ParseStatus(string? name) => name switch
    {
        "pending" => TodoStatus.Pending,
        "in_progress" => TodoStatus.InProgress,
        "done" => TodoStatus.Done,
        _ => null,
    };
}

/// <summary>A to-do list.</summary>
public sealed record TodoBlock(IReadOnlyList<TodoItem> Items) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => "todo";
}

/// <summary>A command line about to be run.</summary>
public sealed record ShellBlock(string Language, string Command) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => "shell";
}

/// <summary>A background task.</summary>
public sealed record BackgroundTaskBlock(string TaskId, string Kind, string Status, string Description) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => "background_task";
}

/// <summary>A block of a type that is not known here; its members are kept.</summary>
/// <param name="Name">The type.</param>
/// <param name="Data">All other members, an object.</param>
public sealed record UnknownBlock(string Name, JsonElement Data) : DisplayBlock
{
    /// <inheritdoc/>
    public override string Type => Name;
}
