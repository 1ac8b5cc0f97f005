namespace Kimi.PowerShell.Hosting;

/// <summary>The turn that runs in a session, as tools and hooks of the module see it.</summary>
internal sealed record RunningTurn(Pump<KimiCmdlet> Pump, TurnRequest Request);
