using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/add-dir</c>: adds a directory to the workspace, or lists those added.</summary>
internal sealed class AddDirectoryCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("add-dir", "Add a directory to the workspace. Usage: /add-dir <path>. Run without args to list added dirs", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        string target = CommandArguments.Unquote(arguments);
        string answer = target.Length == 0
            ? Describe(context.Workspace.AdditionalDirectories)
            : await AddAsync(target, context, cancellationToken).ConfigureAwait(false);
        await context.SayAsync(answer, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static string Describe(IReadOnlyList<string> directories) => directories.Count == 0
        ? "No additional directories. Usage: /add-dir <path>"
        : "Additional directories:\n" + string.Join('\n', directories.Select(static directory => $"  - {directory}"));

    private static async Task<string> AddAsync(string target, CommandContext context, CancellationToken cancellationToken)
    {
        IHost host = context.Services.Host;
        Workspace workspace = context.Workspace;
        string path = workspace.Canonical(target, host.Home);
        switch ((await host.StatAsync(path, cancellationToken).ConfigureAwait(false)).Kind)
        {
            case EntryKind.None:
                return $"Directory does not exist: {path}";
            case not EntryKind.Directory:
                return $"Not a directory: {path}";
        }

        foreach (string added in workspace.AdditionalDirectories)
        {
            if (string.Equals(added, path, host.Paths.Comparison))
            {
                return $"Directory already in workspace: {path}";
            }
        }

        if (host.Paths.Contains(workspace.WorkDirectory, path))
        {
            return $"Directory is already within the working directory: {path}";
        }

        foreach (string added in workspace.AdditionalDirectories)
        {
            if (host.Paths.Contains(added, path))
            {
                return $"Directory is already within an added directory `{added}`: {path}";
            }
        }

        PromptFiles files;
        try
        {
            await host.ListAsync(path, cancellationToken).ConfigureAwait(false);
            files = await PromptFiles.OfAsync(host, path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Cannot read directory: {path} ({e.Message})";
        }

        workspace.Add(path);
        context.State.AdditionalDirectories = workspace.AdditionalDirectories;
        context.SaveState();
        context.Agent.Conversation.Append(new Message(
            Role.User,
            $"<system>The user has added an additional directory to the workspace: `{path}`\n\nDirectory listing:\n```\n{DirectoryTree.List(path, files)}\n```\n\n"
            + "You may read, write, search and glob in it as in the working directory.</system>"));
        return $"Added directory to workspace: {path}";
    }
}
