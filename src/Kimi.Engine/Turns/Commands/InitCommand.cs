using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Text;
using Kimi.Engine.Turns.Injections;

namespace Kimi.Engine.Turns.Commands;

/// <summary><c>/init</c>: lets the agent explore the project and write <c>AGENTS.md</c>, in a conversation that is thrown away.</summary>
internal sealed class InitCommand : ISlashCommand
{
    /// <inheritdoc/>
    public SlashCommandInfo Info { get; } = new("init", "Analyze the codebase and generate an `AGENTS.md` file", []);

    /// <inheritdoc/>
    public async Task<TurnResult?> RunAsync(string arguments, CommandContext context, SessionRun run, CancellationToken cancellationToken)
    {
        Agent root = context.Agent;
        string directory = Directory.CreateTempSubdirectory("kimi-init-").FullName;
        TurnResult result;
        try
        {
            using Conversation conversation = new(directory) { AnnouncesCheckpoints = root.Conversation.AnnouncesCheckpoints };
            conversation.SetSystemPrompt(root.Conversation.SystemPrompt ?? "");
            UserInput prompt = new(EmbeddedText.Read("Turns/Commands/Prompts/init.md").Trim());
            result = await run.NestedTurnAsync(root.WithConversation(conversation, [new PlanInjection(context.Plan)]), prompt, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        string workDirectory = context.Workspace.WorkDirectory;
        PromptFiles files = await PromptFiles.OfAsync(context.Services.Host, workDirectory, cancellationToken).ConfigureAwait(false);
        string guide = AgentsMarkdown.Load(workDirectory, files) ?? "";
        root.Conversation.Append(new Message(
            Role.User, $"<system>The user has just run `/init`: the project was explored and `AGENTS.md` was written. This is what the AGENTS.md files say now:\n{guide}</system>"));
        return result;
    }
}
