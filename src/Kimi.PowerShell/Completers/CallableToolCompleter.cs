using System.Collections;
using Kimi.Engine.Agents;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the names of tools that a model can call: built-in ones, registered ones, and those of MCP servers seen so far.</summary>
internal sealed class CallableToolCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound) => AgentListing.BuiltIn().SelectMany(a => a.Tools)
        .Concat(SessionRegistry.All.SelectMany(s => s.Tools.Keys))
        .Concat(KnownTools.All().Select(t => t.Name))
        .Order(StringComparer.OrdinalIgnoreCase);
}
