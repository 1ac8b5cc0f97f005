namespace Kimi.Engine.Configuration;

/// <summary>The API families a provider can speak.</summary>
public enum ProviderType
{
    /// <summary><c>kimi</c></summary>
    Kimi,

    /// <summary><c>openai_legacy</c>: chat completions.</summary>
    OpenAILegacy,

    /// <summary><c>openai_responses</c></summary>
    OpenAIResponses,

    /// <summary><c>anthropic</c></summary>
    Anthropic,

    /// <summary><c>google_genai</c>, the older name of <c>gemini</c>.</summary>
    GoogleGenAI,

    /// <summary><c>gemini</c></summary>
    Gemini,

    /// <summary><c>vertexai</c></summary>
    VertexAI,

    /// <summary><c>_echo</c>: answers with what the user wrote.</summary>
    Echo,

    /// <summary><c>_scripted_echo</c>: answers from a file of scripts.</summary>
    ScriptedEcho,

    /// <summary><c>_chaos</c>: kimi with injected faults.</summary>
    Chaos,

    /// <summary>The embedded demonstration. Never in a configuration.</summary>
    Demo,
}
