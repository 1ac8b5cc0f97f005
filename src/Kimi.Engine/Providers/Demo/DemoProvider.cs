using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Demo;

/// <summary>
/// The built-in model <c>demo</c>: no model at all, but a fixed plan that makes the agent do real work with the tools it has
/// (look around, read a file, run a command, search and call an MCP tool) and then tells what really came back. The plan is
/// found anew in the history at each request, so it survives retries, sessions and tools that are missing or refused.
/// </summary>
internal sealed class DemoProvider(ThinkingEffort? effort = null) : IChatProvider
{
    /// <inheritdoc/>
    public string Name => "demo";

    /// <inheritdoc/>
    public string ModelName => "demo";

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => effort;

    /// <inheritdoc/>
    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DemoScene scene = DemoScene.Find(request);
        List<StreamPart> parts = [];
        List<ToolCall> calls = DemoPlan.NextCalls(scene);
        string text = calls.Count == 0 ? DemoReport.Write(scene) : DemoPlan.Announce(scene, calls);
        AddText(parts, text);
        parts.AddRange(calls);
        return Task.FromResult<ChatAnswer>(new Answer(parts, scene, text.Length));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new DemoProvider(effort);

    // Word by word, as models stream.
    private static void AddText(List<StreamPart> parts, string text)
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = text.AsSpan(start).IndexOfAny(' ', '\n');
            end = end < 0 ? text.Length : start + end + 1;
            parts.Add(new TextPart(text[start..end]));
            start = end;
        }
    }

    private sealed class Answer : ChatAnswer
    {
        private readonly List<StreamPart> _parts;

        public Answer(List<StreamPart> parts, DemoScene scene, int length)
        {
            _parts = parts;
            Id = $"demo-{scene.Step}";
            Usage = new TokenUsage(scene.InputTokens, (length + 3) / 4);
        }

        /// <inheritdoc/>
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask.ConfigureAwait(false);
            foreach (StreamPart part in _parts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return part;
            }
        }
    }
}
