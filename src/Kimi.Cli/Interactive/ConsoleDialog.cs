using System.Globalization;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Interactive;

/// <summary>Asks the person at the terminal. One question at a time; what streams meanwhile waits.</summary>
internal sealed class ConsoleDialog(ConsoleLines lines) : IDisposable
{
    private readonly SemaphoreSlim _terminal = new(1, 1);

    /// <summary>The typed lines.</summary>
    public ConsoleLines Lines => lines;

    /// <inheritdoc/>
    public void Dispose() => _terminal.Dispose();

    /// <summary>Writes while no question is open.</summary>
    public async Task WriteAsync(Action write)
    {
        await _terminal.WaitAsync().ConfigureAwait(false);
        try
        {
            write();
        }
        finally
        {
            _terminal.Release();
        }
    }

    /// <summary>Asks whether a tool call may run.</summary>
    public async Task<ApprovalAnswer?> ApproveAsync(ApprovalRequest request, CancellationToken cancellationToken)
    {
        await _terminal.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            lines.DropTyped();
            WriteLine($"\n? {request.Sender}: {request.Description}");
            ShowBlocks(request.Display);
            Console.Out.Write("  [y]es, [a]lways in this session, [n]o, or say what to do instead: ");
            string? typed = (await ReadAsync(cancellationToken).ConfigureAwait(false))?.Trim();
            return ReadDecision(typed);
        }
        finally
        {
            _terminal.Release();
        }
    }

    /// <summary>Asks the model's questions; an empty line dismisses them.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> AnswerAsync(QuestionRequest request, CancellationToken cancellationToken)
    {
        await _terminal.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Dictionary<string, string> answers = new(StringComparer.Ordinal);
            lines.DropTyped();
            foreach (Question question in request.Questions)
            {
                Show(question);
                string? typed = (await ReadAsync(cancellationToken).ConfigureAwait(false))?.Trim();
                if (string.IsNullOrEmpty(typed))
                {
                    return QuestionRequest.Dismissed;
                }

                answers[question.Text] = ReadChoice(question, typed);
            }

            return answers;
        }
        finally
        {
            _terminal.Release();
        }
    }

    /// <summary>What a typed line decides.</summary>
    public static ApprovalAnswer ReadDecision(string? typed) => typed?.ToLowerInvariant() switch
    {
        "y" or "yes" => new ApprovalAnswer(ApprovalResponseKind.Approve),
        "a" or "always" => new ApprovalAnswer(ApprovalResponseKind.ApproveForSession),
        null or "" or "n" or "no" => new ApprovalAnswer(ApprovalResponseKind.Reject),
        _ => new ApprovalAnswer(ApprovalResponseKind.Reject, typed!),
    };

    /// <summary>The labels of typed numbers; any other text is an answer of its own.</summary>
    public static string ReadChoice(Question question, string typed)
    {
        string[] words = question.MultiSelect ? typed.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [typed];
        for (int i = 0; i < words.Length; i++)
        {
            if (int.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= question.Options.Count)
            {
                words[i] = question.Options[number - 1].Label;
            }
        }

        return string.Join(", ", words);
    }

    private static void Show(Question question)
    {
        WriteLine($"\n? {question.Text}");
        if (question.Body.Length > 0)
        {
            WriteLine(question.Body);
        }

        for (int i = 0; i < question.Options.Count; i++)
        {
            QuestionOption option = question.Options[i];
            WriteLine($"  {i + 1}. {option.Label}{(option.Description.Length > 0 ? $" - {option.Description}" : "")}");
        }

        Console.Out.Write(question.MultiSelect ? "  Numbers, separated by commas, or your own answer: " : "  A number, or your own answer: ");
    }

    private static void ShowBlocks(IReadOnlyList<DisplayBlock> blocks)
    {
        foreach (DisplayBlock block in blocks)
        {
            switch (block)
            {
                case ShellBlock shell:
                    Indent(shell.Command, "  $ ", "    ");
                    break;
                case DiffBlock { IsSummary: true } diff:
                    WriteLine($"  {diff.Path}: {diff.OldText} -> {diff.NewText}");
                    break;
                case DiffBlock diff:
                    WriteLine($"  {diff.Path}");
                    Indent(diff.OldText, "  - ", "  - ");
                    Indent(diff.NewText, "  + ", "  + ");
                    break;
                case BriefBlock brief:
                    Indent(brief.Text, "  ", "  ");
                    break;
            }
        }
    }

    private static void Indent(string text, string first, string next)
    {
        if (text.Length == 0)
        {
            return;
        }

        string prefix = first;
        foreach (ReadOnlySpan<char> line in text.AsSpan().TrimEnd('\n').EnumerateLines())
        {
            WriteLine($"{prefix}{line}");
            prefix = next;
        }
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            Console.Out.WriteLine(); // leave the line of the question
            throw;
        }
    }

    private static void WriteLine(string text) => Console.Out.WriteLine(TerminalText.Visible(text));
}
