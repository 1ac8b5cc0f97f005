using System.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>What taking a command line apart needs in every language: the text, where the reader is, the command it is in.</summary>
internal abstract class CommandParts(string text)
{
    private readonly List<string> _commands = [];

    /// <summary>The commands found; also of what is not simple, as well as can be told.</summary>
    public IReadOnlyList<string> Commands => _commands;

    /// <summary>Whether the commands found are certainly all that would run.</summary>
    public bool IsSimple { get; protected set; } = true;

    /// <summary>What is between words.</summary>
    protected static char[] Blanks { get; } = [' ', '\t'];

    /// <summary>The whole text.</summary>
    protected string Source { get; } = text;

    /// <summary>The command being read.</summary>
    protected StringBuilder Part { get; } = new();

    /// <summary>Place of the next character.</summary>
    protected int At { get; set; }

    /// <summary>The character behind the next one; NUL at the end.</summary>
    protected char Next() => At + 1 < Source.Length ? Source[At + 1] : '\0';

    /// <summary>Takes a character into the command.</summary>
    protected void Take() => Part.Append(Source[At++]);

    /// <summary>Takes a string in which nothing has a meaning but the quote that ends it.</summary>
    protected void TakeQuoted(ReadOnlySpan<char> quotes)
    {
        int length = Source.AsSpan(At + 1).IndexOfAny(quotes);
        IsSimple &= length >= 0;
        int end = length < 0 ? Source.Length : At + length + 2;
        Part.Append(Source, At, end - At);
        At = end;
    }

    /// <summary>What was read since the last end, without blanks around it.</summary>
    protected string TakePart()
    {
        string part = Part.ToString().Trim(Blanks);
        Part.Clear();
        return part;
    }

    /// <summary>Adds a command.</summary>
    protected void Add(string command) => _commands.Add(command);
}
