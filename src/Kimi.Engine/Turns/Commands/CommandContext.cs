using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Skills;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Turns.Injections;
using Kimi.Engine.Turns.Plans;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Commands;

/// <summary>What slash commands work on.</summary>
internal sealed class CommandContext
{
    /// <summary>The root agent.</summary>
    public required Agent Agent { get; init; }

    /// <summary>The session.</summary>
    public required SessionLocation Session { get; init; }

    /// <summary>Its store.</summary>
    public required SessionStore Store { get; init; }

    /// <summary>Its state.</summary>
    public required SessionState State { get; init; }

    /// <summary>Writes the state.</summary>
    public required Action SaveState { get; init; }

    /// <summary>Plan mode.</summary>
    public required PlanMode Plan { get; init; }

    /// <summary>The reminder that nobody is present.</summary>
    public required AfkInjection Afk { get; init; }

    /// <summary>The workspace.</summary>
    public required Workspace Workspace { get; init; }

    /// <summary>What tools are given; commands use its host.</summary>
    public required ToolServices Services { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The share directory.</summary>
    public required ShareDirectory Share { get; init; }

    /// <summary>What has been approved in advance.</summary>
    public required ApprovalState Approval { get; init; }

    /// <summary>The skills, read when first asked for.</summary>
    public required Func<SkillCatalog> Skills { get; init; }

    /// <summary>Writes a log line: level and text.</summary>
    public required Action<string, string> Log { get; init; }

    /// <summary>Says a text as a content part.</summary>
    public ValueTask SayAsync(string text, CancellationToken cancellationToken) =>
        Agent.Wire.SendAsync(new ContentEvent(new TextPart(text)), cancellationToken);
}
