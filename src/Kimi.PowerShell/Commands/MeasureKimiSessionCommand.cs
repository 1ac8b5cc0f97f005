using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;
using Usage = Kimi.Engine.Chat.TokenUsage;

namespace Kimi.PowerShell.Commands;

/// <summary>Adds up what sessions have used: tokens, cost and time.</summary>
[Cmdlet(VerbsDiagnostic.Measure, Nouns.Session)]
[OutputType(typeof(SessionMeasure))]
public sealed class MeasureKimiSessionCommand : SessionFileCommand
{
    /// <summary>The sessions, or their ids; the current one if none is given, else the last of the directory.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(StoredSessionCompleter))]
    public string[]? Session { get; set; }

    /// <summary>The configured model whose prices count for everything, whoever answered.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is null && MyInvocation.ExpectingInput) { return; }
        SessionStore store = SessionFiles.Store(ResolveWorkDirectory());
        string? current = SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId)?.Id ?? store.LastSessionId;
        if (Session is null && current is null)
        {
            WriteError(Errors.NoCurrentSession());
            return;
        }

        foreach (string id in Session ?? [current!])
        {
            if ((store.Find(id) ?? store.FindAnywhere(id)) is string directory) { Measure(id, directory); }
            else { WriteError(Errors.SessionNotOnDisk(id, ResolveWorkDirectory())); }
        }
    }

    private void Measure(string id, string directory)
    {
        try
        {
            SessionTally tally = SessionTally.Read(directory);
            KimiConfig config = ConfigurationLoader.LoadDefault(SessionFiles.Share, mayWrite: false).Config;
            if (Model is not null && !config.Models.ContainsKey(Model)) { ThrowTerminatingError(Errors.ModelNotFound(Model)); }
            string unnamed = SessionRegistry.Find(id)?.Engine().ModelName ?? config.DefaultModel;
            ModelMeasure[] models =
            [
                .. tally.Models.OrderByDescending(m => m.Value.Usage.Total).Select(m => new ModelMeasure
                {
                    Model = m.Key.Length > 0 ? m.Key : unnamed,
                    IsRecorded = m.Key.Length > 0,
                    Requests = m.Value.Requests,
                    Usage = Tokens(m.Value.Usage),
                    Cost = Cost(m.Value.Usage, config.Models.GetValueOrDefault(Model ?? (m.Key.Length > 0 ? m.Key : unnamed))),
                    Seconds = Math.Round(m.Value.Duration.TotalSeconds, 3),
                }),
            ];
            WriteObject(new SessionMeasure
            {
                SessionId = id,
                Turns = tally.Turns,
                Steps = tally.Steps,
                Usage = Tokens(tally.Usage),
                SubagentUsage = Tokens(tally.SubagentUsage),
                Cost = models.Aggregate((decimal?)0m, (sum, model) => sum + model.Cost),
                Models = models,
                Duration = tally.Duration,
                ModelDuration = tally.ModelDuration,
                Tools =
                [
                    .. tally.Tools.OrderByDescending(t => t.Value.Duration).Select(t => new ToolMeasure
                    {
                        Tool = t.Key,
                        Calls = t.Value.Calls,
                        Errors = t.Value.Errors,
                        Seconds = Math.Round(t.Value.Duration.TotalSeconds, 3),
                    }),
                ],
                LastUtc = tally.LastUtc,
            });
        }
        catch (Exception e) when (e is SessionStorageException or ConfigurationException)
        {
            WriteError(EngineErrors.Of(e, id));
        }
    }

    private static TokenUsage Tokens(Usage usage) => new()
    {
        FreshInputTokens = usage.InputOther,
        OutputTokens = usage.Output,
        CacheReadTokens = usage.InputCacheRead,
        CacheWriteTokens = usage.InputCacheCreation,
    };

    /// <summary>Null where tokens were used whose price is unknown.</summary>
    private static decimal? Cost(Usage usage, ModelConfig? model)
    {
        decimal? Part(long tokens, double? price) => tokens == 0 ? 0m : (decimal?)price * tokens / 1_000_000m;
        return Part(usage.InputOther, model?.PriceInput) + Part(usage.Output, model?.PriceOutput)
            + Part(usage.InputCacheRead, model?.PriceCacheRead) + Part(usage.InputCacheCreation, model?.PriceCacheWrite);
    }
}
