namespace Kimi.Engine.Skills.Flows;

/// <summary>A way from one node of a flow to another.</summary>
internal sealed record FlowEdge(string Source, string Target, string? Label);
