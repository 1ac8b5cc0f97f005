namespace Kimi.Engine.Skills.Flows;

/// <summary>What a node of a flow does.</summary>
internal enum FlowNodeKind
{
    Begin,
    End,
    Task,
    Decision,
}
