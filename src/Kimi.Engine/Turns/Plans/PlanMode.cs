using System.Security.Cryptography;
using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Plans;

/// <summary>Plan mode of a session: only the plan's file may be edited. Kept in the session's state.</summary>
internal sealed class PlanMode(SessionState state, ShareDirectory share, Action save) : IPlanMode
{
    private const int Tries = 20;

    private int _byHand;

    private static readonly string[] s_words =
    [
        "amber", "anchor", "aspen", "atlas", "badger", "basil", "beacon", "birch", "bison", "breeze", "brook", "canyon", "cedar", "clover",
        "comet", "copper", "coral", "crane", "delta", "ember", "falcon", "fern", "fjord", "flint", "garnet", "glacier", "granite", "harbor",
        "hazel", "heron", "hollow", "indigo", "island", "ivory", "jasper", "juniper", "kestrel", "lagoon", "lark", "laurel", "linden", "lotus",
        "maple", "meadow", "mesa", "mica", "moss", "nectar", "nova", "oak", "onyx", "opal", "orchid", "osprey", "otter", "pebble", "pine",
        "plume", "prairie", "quartz", "raven", "reef", "ridge", "river", "robin", "saffron", "sage", "sierra", "slate", "sparrow", "spruce",
        "summit", "thistle", "timber", "topaz", "tundra", "valley", "violet", "walnut", "willow", "wren", "zephyr",
    ];

    /// <inheritdoc/>
    public bool IsActive => state.PlanMode;

    /// <inheritdoc/>
    public string? PlanFile => Slug is string slug ? Path.Join(share.PlansDirectory, slug + ".md") : null;

    /// <summary>Whether the user turned plan mode on and the model has not been told yet.</summary>
    public bool IsReminderDue { get; set; }

    /// <inheritdoc/>
    public string TurnOn()
    {
        if (!state.PlanMode || PlanFile is null)
        {
            state.PlanMode = true;
            state.PlanSessionId ??= Guid.NewGuid().ToString("N");
            state.PlanSlug = Slug ?? NewSlug(state.PlanSessionId);
            save();
        }

        return PlanFile!;
    }

    /// <inheritdoc/>
    public void TurnOff()
    {
        IsReminderDue = false;
        if (state.PlanMode || state.PlanSlug is not null)
        {
            state.PlanMode = false;
            state.PlanSessionId = null;
            state.PlanSlug = null;
            save();
        }
    }

    /// <summary>How often plan mode was set by hand, which listeners are told of at once.</summary>
    public int ByHand => Volatile.Read(ref _byHand);

    /// <summary>Turns plan mode on or off by hand: the model is told before the next step.</summary>
    public void Set(bool on)
    {
        if (on)
        {
            TurnOn();
            IsReminderDue = true;
        }
        else
        {
            TurnOff();
        }

        Interlocked.Increment(ref _byHand);
    }

    // The plan's file may be written without asking: a session file from elsewhere must not make another file of it.
    private string? Slug => state.PlanSlug is { Length: > 0 } slug && slug.AsSpan().IndexOfAny("/\\:\0") < 0 ? slug : null;

    private string NewSlug(string planId)
    {
        string slug = "";
        for (int i = 0; i < Tries; i++)
        {
            slug = $"{Word()}-{Word()}-{Word()}";
            if (!File.Exists(Path.Join(share.PlansDirectory, slug + ".md")))
            {
                return slug;
            }
        }

        return $"{slug}-{planId[..8]}";
    }

    private static string Word() => s_words[RandomNumberGenerator.GetInt32(s_words.Length)];
}
