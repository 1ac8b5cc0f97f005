using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions.Transcripts;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/export</c>: writes the conversation to a Markdown file.</summary>
internal sealed class ExportCommand : ISlashCommand
{
    private const string Warning = "  Note: The exported file may contain sensitive information. Please be cautious when sharing it externally.";

    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("export", "Export current session context to a markdown file", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        IReadOnlyList<Message> history = context.Agent.Conversation.History;
        if (history.Count == 0)
        {
            await context.SayAsync("No messages to export.", cancellationToken).ConfigureAwait(false);
            return null;
        }

        DateTimeOffset now = context.Time.GetLocalNow();
        IHost host = context.Services.Host;
        string path;
        try
        {
            path = await TargetAsync(CommandArguments.Unquote(arguments), MarkdownTranscript.DefaultFileName(context.Session.Id, now), context, cancellationToken).ConfigureAwait(false);
            string text = MarkdownTranscript.Compose(
                new MarkdownTranscriptHead(context.Session.Id, now, context.Workspace.WorkDirectory, context.Agent.Conversation.EstimatedTokenCount), history);
            await host.CreateDirectoryAsync(host.Paths.Parent(path), cancellationToken).ConfigureAwait(false);
            await host.WriteAsync(path, Encoding.UTF8.GetBytes(text), append: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await context.SayAsync($"Failed to write export file: {e.Message}", cancellationToken).ConfigureAwait(false);
            return null;
        }

        await context.SayAsync(string.Create(CultureInfo.InvariantCulture, $"Exported {history.Count} messages to {Shorten(path, host)}"), cancellationToken).ConfigureAwait(false);
        await context.SayAsync(Warning, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static async Task<string> TargetAsync(string argument, string defaultName, CommandContext context, CancellationToken cancellationToken)
    {
        IHost host = context.Services.Host;
        if (argument.Length == 0)
        {
            return host.Paths.Join(context.Workspace.WorkDirectory, defaultName);
        }

        string path = context.Workspace.Canonical(argument.TrimEnd('/', '\\') is { Length: > 0 } trimmed ? trimmed : argument, host.Home);
        bool isDirectory = argument[^1] is '/' or '\\' || (await host.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind == EntryKind.Directory;
        return isDirectory ? host.Paths.Join(path, defaultName) : path;
    }

    private static string Shorten(string path, IHost host) =>
        path.Length > host.Home.Length && host.Home.Length > 1 && host.Paths.Contains(host.Home, path) ? "~" + path[host.Home.Length..] : path;
}
