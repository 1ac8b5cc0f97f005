using System.Collections;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Completers;

/// <summary>Completes the models of the configuration, those that commands have seen, and the built-in one.</summary>
internal sealed class ModelCompleter : NameCompleter
{
    protected override IEnumerable<string> Names(IDictionary bound) =>
        Load(bound).Config.Models.Keys.Concat(KnownModels.All).Order(StringComparer.OrdinalIgnoreCase);
}
