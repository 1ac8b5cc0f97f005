using System.Globalization;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Background;
using Kimi.Engine.Turns.Background;

namespace Kimi.Cli.Interactive;

/// <summary><c>/task</c>: the background tasks of the session, their output, and their end.</summary>
internal sealed class TaskBrowser(SessionBackground background, TextWriter output, Func<CancellationToken, Task<string?>> read)
{
    /// <summary>The answer to <c>/task</c> with something behind it.</summary>
    public const string Usage = "Usage: \"/task\" opens the interactive task browser.";

    /// <summary>Shows the tasks and does what is typed, until an empty line.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<BackgroundTaskInfo> tasks = background.List();
            if (tasks.Count == 0)
            {
                output.WriteLine("No background tasks in this session.");
                return;
            }

            for (int i = 0; i < tasks.Count; i++)
            {
                WriteLine($"{i + 1,3}. {tasks[i].Id}  {tasks[i].Status,-17}  {tasks[i].Description.ReplaceLineEndings(" ")}");
            }

            output.Write("Number of a task to look at, \"stop NUMBER\" to end one, or nothing to go back: ");
            string? typed = (await read(cancellationToken).ConfigureAwait(false))?.Trim();
            if (string.IsNullOrEmpty(typed))
            {
                return;
            }

            bool stop = typed.StartsWith("stop ", StringComparison.OrdinalIgnoreCase);
            if (int.TryParse(stop ? typed.AsSpan(5).Trim() : typed, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= tasks.Count)
            {
                Show(stop ? background.Stop(tasks[number - 1].Id) : background.Find(tasks[number - 1].Id));
            }
            else
            {
                output.WriteLine($"There is no such choice: a number from 1 to {tasks.Count}, or \"stop\" and a number.");
            }
        }
    }

    private void Show(BackgroundTaskInfo? task)
    {
        if (task is null)
        {
            return;
        }

        WriteLine(TaskText.Format(task));
        string tail = background.ReadTail(task.Id).TrimEnd();
        WriteLine(tail.Length == 0 ? "[no output available]" : $"[output]\n{tail}");
        output.WriteLine();
    }

    private void WriteLine(string text) => output.WriteLine(TerminalText.Visible(text));
}
