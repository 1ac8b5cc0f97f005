using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Echo;

/// <summary><c>_scripted_echo</c>: answers from a file, one script for each call. All copies of a provider share the queue.</summary>
internal sealed class ScriptedEchoProvider : IChatProvider
{
    private const string ScriptsVariable = "KIMI_SCRIPTED_ECHO_SCRIPTS";
    private const string TraceVariable = "KIMI_SCRIPTED_ECHO_TRACE";
    private readonly Queue _queue;

    private ScriptedEchoProvider(Queue queue, ThinkingEffort? effort)
    {
        _queue = queue;
        ThinkingEffort = effort;
    }

    /// <inheritdoc/>
    public string Name => "scripted_echo";

    /// <inheritdoc/>
    public string ModelName => "scripted_echo";

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort { get; }

    /// <summary>Loads the file that the environment names.</summary>
    /// <param name="environment">The variables, those of the provider entry laid over the process's.</param>
    /// <param name="share">Knows the home directory, for <c>~</c>.</param>
    /// <param name="trace">Takes the trace lines; null for none.</param>
    /// <exception cref="ChatProviderException">No file, or not one of scripts.</exception>
    public static ScriptedEchoProvider Load(EnvironmentSource environment, ShareDirectory share, Action<string>? trace)
    {
        string path = environment[ScriptsVariable]?.Trim() is { Length: > 0 } named
            ? named
            : throw new ChatProviderException($"{ScriptsVariable} is required for _scripted_echo.");
        string file = path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal)
            ? Path.Join(share.Home, path[1..])
            : path;
        if (!File.Exists(file))
        {
            throw new ChatProviderException($"Scripted echo file not found: {file}");
        }

        bool traces = environment[TraceVariable]?.Trim().ToLowerInvariant() is "1" or "true" or "yes" or "on";
        return new ScriptedEchoProvider(new Queue(ReadScripts(File.ReadAllText(file)), traces ? trace : null), null);
    }

    /// <inheritdoc/>
    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        EchoScript script = EchoScriptParser.Parse(_queue.Next());
        return script.Parts.Count == 0
            ? throw new ChatProviderException("ScriptedEchoChatProvider DSL produced no streamable parts.")
            : Task.FromResult<ChatAnswer>(new EchoAnswer(script.Parts, script.Id, script.Usage));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new ScriptedEchoProvider(_queue, effort);

    /// <summary>The scripts of a file: a JSON array of strings, or texts between lines of three dashes.</summary>
    internal static string[] ReadScripts(string text)
    {
        if (LenientJson.TryParse(text, out JsonElement value))
        {
            if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(static item => item.ValueKind != JsonValueKind.String))
            {
                throw new ChatProviderException("Scripted echo JSON must be an array of strings.");
            }

            return [.. value.EnumerateArray().Select(static item => item.ReadString())];
        }

        string[] scripts = [.. text.Replace("\r\n", "\n", StringComparison.Ordinal).Split("\n---\n").Select(static chunk => chunk.Trim()).Where(static chunk => chunk.Length > 0)];
        return scripts.Length > 0
            ? scripts
            : throw new ChatProviderException("Scripted echo file must be a JSON array of strings or a text file split by '\\n---\\n'.");
    }

    private sealed class Queue(string[] scripts, Action<string>? trace)
    {
        private int _calls;

        public string Next()
        {
            lock (scripts)
            {
                int turn = _calls + 1;
                if (_calls >= scripts.Length)
                {
                    throw new ChatProviderException($"ScriptedEchoChatProvider exhausted at turn {turn}.");
                }

                string script = scripts[_calls++];
                trace?.Invoke($"SCRIPTED_ECHO TURN {turn}: {JsonWriter.Compose(writer => writer.Text(script), escapeNonAscii: true)}");
                return script;
            }
        }
    }
}
