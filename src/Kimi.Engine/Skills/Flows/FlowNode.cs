namespace Kimi.Engine.Skills.Flows;

/// <summary>A node of a flow.</summary>
internal sealed record FlowNode(string Id, string Label, FlowNodeKind Kind);
