using System.Collections.Concurrent;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.EndToEnd.Durability;

/// <summary>All that was asked of a registry over its restarts, to hold it to what it acknowledged.</summary>
internal sealed class Ledger
{
    public const string Service = "durable";

    private readonly ConcurrentDictionary<string, Tracked> _all = new();
    private string? _storeId;
    private ulong _revision;
    private long _acknowledgements;
    private (long Count, TaskCompletionSource Reached) _goal = (long.MaxValue, new());

    /// <summary>Requests that were acknowledged so far.</summary>
    public long Acknowledgements => Interlocked.Read(ref _acknowledgements);

    /// <summary>Instances that were ever asked for.</summary>
    public int Count => _all.Count;

    public Tracked Add(Tracked tracked) => _all[tracked.Id] = tracked;

    /// <summary>Completes after so many acknowledgements more. Called while nobody asks for anything.</summary>
    public Task ReachAsync(int more)
    {
        _goal = (Acknowledgements + more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _goal.Reached.Task;
    }

    /// <summary>Takes a request's acknowledgement.</summary>
    public void Acknowledge(Tracked tracked, ulong revision)
    {
        tracked.Acknowledge();
        if (Interlocked.Increment(ref _acknowledgements) >= _goal.Count)
        {
            _goal.Reached.TrySetResult();
        }

        for (var known = Volatile.Read(ref _revision); revision > known; known = Volatile.Read(ref _revision))
        {
            Interlocked.CompareExchange(ref _revision, revision, known);
        }
    }

    /// <summary>Holds a registry that has just started to everything. Nobody may ask it for anything meanwhile.</summary>
    /// <returns>What is wrong.</returns>
    public async Task<List<string>> CheckAsync(GrpcClient client)
    {
        var problems = new List<string>();
        var list = await client.UnaryAsync(RegistryMethods.ListInstances, new ListInstancesRequest { Service = Service });
        var services = await client.UnaryAsync(RegistryMethods.ListServices, new ListServicesRequest { Namespace = "*" });
        problems.AddRange(services.Services.Where(s => s.Service != Service || s.Namespace != "default")
            .Select(s => $"{s.Namespace}/{s.Service}: nobody asked for this service"));
        _storeId ??= list.Token.StoreId;
        if (list.Token.StoreId != _storeId)
        {
            problems.Add($"the store was called {_storeId}, and is called {list.Token.StoreId} now");
        }

        if (list.Token.Revision < _revision)
        {
            problems.Add($"revision {_revision} was acknowledged, and the store is at {list.Token.Revision} now");
        }

        var listed = list.Instances.ToDictionary(i => i.Instance.Id, i => i.Instance);
        problems.AddRange(listed.Keys.Where(id => !_all.ContainsKey(id)).Select(id => $"{id}: nobody asked for this instance"));
        problems.AddRange(_all.Values.Select(t => t.Settle(listed.GetValueOrDefault(t.Id))).OfType<string>());
        return problems;
    }
}
