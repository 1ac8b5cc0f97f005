namespace Kimi.PowerShell.Hosting;

/// <summary>The nouns of the module's cmdlets.</summary>
internal static class Nouns
{
    public const string Agent = "KimiAgent";
    public const string Configuration = "KimiConfiguration";
    public const string Model = "KimiModel";
    public const string Provider = "KimiProvider";
    public const string Readiness = "KimiReadiness";
    public const string Skill = "KimiSkill";
    public const string McpServer = "KimiMcpServer";
    public const string McpTool = "KimiMcpTool";
    public const string Session = "KimiSession";
    public const string Message = "KimiMessage";
    public const string Hook = "KimiHook";
    public const string Tool = "KimiTool";
    public const string Turn = "KimiTurn";
}
