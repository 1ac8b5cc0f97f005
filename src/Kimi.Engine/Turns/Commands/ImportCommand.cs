using System.Globalization;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Transcripts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/import</c>: brings a file or another session into the conversation.</summary>
internal sealed class ImportCommand : ISlashCommand
{
    private const string Warning = "Warning: This file may contain secrets (API keys, tokens, credentials). The content is now part of your session context.";

    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("import", "Import context from a file or session ID", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        string target = CommandArguments.Unquote(arguments);
        if (target.Length == 0)
        {
            await context.SayAsync("Usage: /import <file_path or session_id>", cancellationToken).ConfigureAwait(false);
            return null;
        }

        ImportedContext imported;
        try
        {
            imported = await ImportedContext.ReadAsync(
                target, context.Workspace.WorkDirectory, context.Services.Host, context.Store, context.Session.Id, cancellationToken).ConfigureAwait(false);
            Append(imported.ToMessage(), context);
        }
        catch (ImportException e)
        {
            await context.SayAsync(e.Message, cancellationToken).ConfigureAwait(false);
            return null;
        }

        await context.SayAsync(string.Create(CultureInfo.InvariantCulture, $"Imported context from {imported.Label} ({CodePoints.Count(imported.Content)} chars)."), cancellationToken).ConfigureAwait(false);
        if (imported.IsSensitive)
        {
            await context.SayAsync(Warning, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private static void Append(Message message, CommandContext context)
    {
        Conversation conversation = context.Agent.Conversation;
        long tokens = conversation.EstimatedTokenCount + Conversation.Estimate([message]);
        if (context.Agent.Model is { MaxContextSize: > 0 } model && tokens > model.MaxContextSize)
        {
            throw new ImportException(string.Create(
                CultureInfo.InvariantCulture,
                $"Imported content is too large for the current model context: with it the context would hold about {tokens} tokens, the model takes {model.MaxContextSize}. Import a smaller part, or make room with /compact or /clear."));
        }

        conversation.Append(message);
        conversation.SetTokenCount(tokens);
    }
}
