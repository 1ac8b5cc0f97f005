using System.Globalization;
using BenchmarkDotNet.Attributes;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Benchmarks;

/// <summary>The way of a delta from the provider to a listener.</summary>
[MemoryDiagnoser]
public class StreamBenchmarks
{
    private const int Deltas = 100_000;

    private readonly StreamPart[] _parts = [.. Enumerable.Range(0, Deltas).Select(static i => new TextPart(i.ToString(CultureInfo.InvariantCulture)))];

    [Benchmark(OperationsPerInvoke = Deltas)]
    public int MergeDeltas()
    {
        MessageAssembler assembler = new();
        foreach (StreamPart part in _parts)
        {
            assembler.Add(part);
        }

        assembler.Complete();
        return assembler.Content.Count;
    }

    [Benchmark(OperationsPerInvoke = Deltas)]
    public async Task<int> SendDeltasToAListener()
    {
        WireHub hub = new();
        using WireSubscription subscription = hub.Subscribe();
        Task<int> reader = Task.Run(async () =>
        {
            int count = 0;
            await foreach (WireMessage message in subscription.ReadAllAsync(CancellationToken.None))
            {
                count++;
            }

            return count;
        });
        foreach (StreamPart part in _parts)
        {
            await hub.SendAsync(StreamEvents.Of(part), CancellationToken.None);
        }

        hub.Close();
        return await reader;
    }
}
