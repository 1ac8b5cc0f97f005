using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Mcp;

/// <summary>A remembered result, and how old it is.</summary>
/// <param name="Result">The shaped result.</param>
/// <param name="Age">Time since it came; null when it came just now, for this very call.</param>
internal readonly record struct McpCached(ToolReturnValue Result, TimeSpan? Age);

/// <summary>Remembers results of read-only tools for a while; off unless a time is set. One for each session.</summary>
internal sealed class McpResultCache(TimeSpan timeToLive, TimeProvider time)
{
    private const int Capacity = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _order = new();
    private readonly Dictionary<Key, Task<ToolReturnValue>> _running = [];
    private long _generation;

    /// <summary>Whether results are remembered at all.</summary>
    public bool IsOn => timeToLive > TimeSpan.Zero;

    /// <summary>Gives the remembered result, or dispatches; equal calls at the same time share one dispatch.</summary>
    public async Task<McpCached> GetAsync(McpTool tool, JsonElement arguments, Func<Task<ToolReturnValue>> dispatch, CancellationToken cancellationToken)
    {
        if (!IsOn || !tool.IsCacheable)
        {
            return new McpCached(await dispatch().ConfigureAwait(false), null);
        }

        var key = new Key(tool.FullName, tool.SchemaHash, CanonicalArguments.Of(arguments));
        while (true)
        {
            Task<ToolReturnValue>? running;
            TaskCompletionSource<ToolReturnValue>? own = null;
            long generation;
            lock (_lock)
            {
                if (Fresh(key) is { } entry)
                {
                    return new McpCached(entry.Result, time.GetElapsedTime(entry.Received));
                }

                generation = _generation;
                if (!_running.TryGetValue(key, out running))
                {
                    own = new TaskCompletionSource<ToolReturnValue>(TaskCreationOptions.RunContinuationsAsynchronously);
                    _running[key] = own.Task;
                }
            }

            if (own is not null)
            {
                return new McpCached(await DispatchAsync(key, tool.Server, generation, own, dispatch).ConfigureAwait(false), null);
            }

            try
            {
                return new McpCached(await running!.WaitAsync(cancellationToken).ConfigureAwait(false), null);
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // The other call was given up or failed; this one goes on by itself.
            }
        }
    }

    /// <summary>Forgets results of a server: something may have changed there.</summary>
    public void Invalidate(string server)
    {
        lock (_lock)
        {
            _generation++;
            for (LinkedListNode<Entry>? node = _order.First; node is not null;)
            {
                LinkedListNode<Entry>? next = node.Next;
                if (node.Value.Server == server)
                {
                    Remove(node);
                }

                node = next;
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _generation++;
            _entries.Clear();
            _order.Clear();
        }
    }

    private async Task<ToolReturnValue> DispatchAsync(
        Key key, string server, long generation, TaskCompletionSource<ToolReturnValue> own, Func<Task<ToolReturnValue>> dispatch)
    {
        try
        {
            ToolReturnValue result = await dispatch().ConfigureAwait(false);
            lock (_lock)
            {
                _running.Remove(key);
                if (!result.IsError && generation == _generation)
                {
                    Store(key, server, result);
                }
            }

            own.SetResult(result);
            return result;
        }
        catch (Exception e)
        {
            lock (_lock)
            {
                _running.Remove(key);
            }

            own.SetException(e);
            _ = own.Task.Exception;
            throw;
        }
    }

    private Entry? Fresh(Key key)
    {
        if (!_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
        {
            return null;
        }

        if (time.GetElapsedTime(node.Value.Received) >= timeToLive)
        {
            Remove(node);
            return null;
        }

        _order.Remove(node);
        _order.AddLast(node);
        return node.Value;
    }

    private void Store(Key key, string server, ToolReturnValue result)
    {
        if (_entries.TryGetValue(key, out LinkedListNode<Entry>? old))
        {
            Remove(old);
        }

        while (_entries.Count >= Capacity)
        {
            Remove(_order.First!);
        }

        _entries[key] = _order.AddLast(new Entry(key, server, result, time.GetTimestamp()));
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Key);
        _order.Remove(node);
    }

    private readonly record struct Key(string FullName, string SchemaHash, string Arguments);

    private sealed record Entry(Key Key, string Server, ToolReturnValue Result, long Received);
}
