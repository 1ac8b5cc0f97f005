using System.Net;
using Kimi.Engine;
using Kimi.Engine.Configuration;

namespace Kimi.PowerShell.Hosting;

/// <summary>Opens and describes the engine's sessions. What is held as an interface elsewhere has its type here.</summary>
internal static class EngineDoor
{
    public static async Task<OpenSession> OpenAsync(SessionRequest request, Guid owner, ApprovalPolicy policy, CancellationToken stop)
    {
        SessionLog log = new();
        SessionQuestions questions = new();
        KimiSessionOptions options = new()
        {
            Host = request.HostName,
            WorkDirectory = request.WorkDirectory,
            AdditionalDirectories = request.AddDirectories,
            SessionId = request.SessionId,
            Continue = request.Continue,
            Model = request.Model,
            Thinking = request.Thinking,
            Plan = request.PlanMode,
            MaxStepsPerTurn = request.MaxStep,
            ConfigFile = request.ConfigFile,
            ApiKey = request.ApiKey is null ? null : new Secret(new NetworkCredential("", request.ApiKey).Password),
            AgentFile = request.AgentFile,
            McpConfigFiles = request.McpConfigFiles ?? [],
            SkillsDirectories = request.SkillDirectories ?? [],
            RecordFile = request.RecordFile,
            ReplayFile = request.ReplayFile,
            AllowDemoModel = true,
            AlwaysAsk = true, // -WhatIf and -DenyTool come before whatever was approved in advance
            AnswerQuestions = questions.AnswerAsync,
            Log = log.Write,
            RunPowerShell = request.InProcess ? Tools.IsolatedScript.RunAsync : null,
            WorkerCommand = WorkerProcess.Command,
        };
        KimiSession session = await KimiSession.OpenAsync(options, stop).ConfigureAwait(false);
        OpenSession opened = new(session.Id, owner, session, policy, log, questions);
        if (request.Model is not null) { opened.TryWarn(); } // who names the built-in model knows what it is
        return opened;
    }

    public static KimiSession Engine(this OpenSession session) => (KimiSession)session.Engine;

    /// <summary>What a person must know before the first turn; once.</summary>
    public static string? TakeWarning(this OpenSession session) => session.Engine().UsesDemoModel && session.TryWarn()
        ? "No model is configured: the built-in demo model answers. It follows a script, so do not expect it to understand you. See 'Get-Help about_Kimi' on how to set up a real one."
        : null;

    /// <summary>Ends by force what did not end when it was told to.</summary>
    public static void Kill(this OpenSession session) => session.Engine().Cancel();

    public static SessionInfo Describe(this OpenSession session, bool isCurrent, bool isOpen = true)
    {
        KimiSession engine = session.Engine();
        return new SessionInfo
        {
            Id = session.Id,
            Model = engine.ModelName ?? "",
            State = !isOpen ? "Closed" : session.IsBusy ? "Running" : "Idle",
            StartedUtc = session.StartedUtc,
            WorkDirectory = engine.WorkDirectory,
            Title = engine.Title ?? "",
            IsCurrent = isCurrent,
        };
    }
}
