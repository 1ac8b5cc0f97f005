using System.Management.Automation;

namespace Kimi.PowerShell.Tools;

/// <summary>The output of the last calls of a session, so that objects, not their text, reach the next command.</summary>
internal sealed class KeptObjects
{
    private const int MaxCalls = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PSObject[]> _objects = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private int _count;

    /// <summary>Keeps objects; gives the name to ask for them by.</summary>
    public string Keep(PSObject[] objects)
    {
        lock (_gate)
        {
            string name = $"@r{++_count}";
            _objects[name] = objects;
            _order.Enqueue(name);
            if (_order.Count > MaxCalls) { _objects.Remove(_order.Dequeue()); }
            return name;
        }
    }

    public PSObject[]? Find(string name)
    {
        lock (_gate) { return _objects.GetValueOrDefault(name); }
    }
}
