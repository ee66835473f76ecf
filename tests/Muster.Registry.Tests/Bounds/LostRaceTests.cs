using Microsoft.Extensions.DependencyInjection;
using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Registry.Sessions;
using Muster.Registry.Store;
using Muster.Testing;
using V1 = Muster.Protocol.V1;

namespace Muster.Registry.Tests.Bounds;

/// <summary>A registration that others beat to its address each time, or whose caller leaves: what it began must end.</summary>
public sealed class LostRaceTests : IAsyncDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly RacingStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Register_LosesEveryTime_ItsLeaseRunsOut()
    {
        await using var registry = await LimitedRegistry.StartAsync(time: _time, store: _store);

        var error = await Assert.ThrowsAsync<RpcException>(() => RegisterAsync(registry, default));

        Assert.Equal(StatusCode.Aborted, error.Code);
        var leases = registry.Parts.GetRequiredService<LeaseKeeper>();
        var catalog = registry.Parts.GetRequiredService<CatalogFeed>();
        var own = Assert.Single(catalog.Current.Leases.Keys, l => l != RacingStore.Rival);
        Assert.True(leases.IsRunning(own), "a lease that is kept and that nobody ends");
        var next = catalog.Current.Revision.Next;
        _time.Advance(Core.Limits.TtlDefault + Core.Limits.ExpiryLagMax);
        Assert.True(await catalog.WaitForAsync(next, Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(own, catalog.Current.Leases.Keys);
    }

    [Fact]
    public async Task Register_CallerLeavesBeforeItIsCommitted_LeavesNoTrace()
    {
        await using var registry = await LimitedRegistry.StartAsync(time: _time, store: _store);
        using var gone = new CancellationTokenSource();
        _store.Hold = true;
        var call = RegisterAsync(registry, gone.Token);
        await _store.Holding.WaitAsync(TestContext.Current.CancellationToken);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => call);
        await _store.Released.WaitAsync(TestContext.Current.CancellationToken);
        // The answer to this one comes behind what the other's end did, at the latest when it asks again.
        var leases = registry.Parts.GetRequiredService<LeaseKeeper>();
        for (var i = 0; i < 1000 && leases.KnownCount > 0; i++)
        {
            await registry.Client.UnaryAsync(RegistryMethods.ListServices, new V1.ListServicesRequest());
        }

        Assert.Equal(0, leases.KnownCount);
    }

    private static Task<V1.RegisterResponse> RegisterAsync(LimitedRegistry registry, CancellationToken cancellationToken) =>
        registry.Client.UnaryAsync(RegistryMethods.Register, new V1.RegisterRequest
        {
            Instance = new V1.Instance
            {
                Service = "calculator", Id = "a", Host = "10.0.0.1", Endpoints = { new V1.Endpoint { Port = 80 } },
            },
        }, new GrpcCallOptions { CancellationToken = cancellationToken });

    /// <summary>A store in which somebody else changes the record at an address before each registration of it.</summary>
    private sealed class RacingStore : ICatalogStore
    {
        public static readonly LeaseId Rival = new(7);
        private readonly MemoryStore _inner = new("racing");
        private readonly TaskCompletionSource _holding = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _weight;

        /// <summary>Keeps a commit until its caller leaves.</summary>
        public bool Hold { get; set; }

        public Task Holding => _holding.Task;

        public Task Released => _released.Task;

        public Task<CatalogSnapshot> LoadAsync(CancellationToken cancellationToken) => _inner.LoadAsync(cancellationToken);

        public Task<IReadOnlyList<RemovalRecord>> LoadRemovalsAsync(Revision upTo, CancellationToken cancellationToken) =>
            _inner.LoadRemovalsAsync(upTo, cancellationToken);

        public async Task<CommitResult> CommitAsync(IReadOnlyList<ConditionalChange> batch, CancellationToken cancellationToken)
        {
            if (Hold)
            {
                _holding.TrySetResult();
                try
                {
                    await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
                }
                finally
                {
                    _released.TrySetResult();
                }
            }

            if (batch.Select(c => c.Change).OfType<RecordChange.InstancePut>().FirstOrDefault() is { } put)
            {
                var rival = put.Instance with { Key = new InstanceKey(put.Instance.Key.Service, "rival"), Lease = Rival, Weight = ++_weight };
                await _inner.CommitAsync(
                    [
                        new(new RecordChange.LeasePut(new LeaseRecord(Rival, Core.Limits.TtlMax, "n")), null),
                        new(new RecordChange.InstancePut(rival), null),
                    ],
                    cancellationToken);
            }

            return await _inner.CommitAsync(batch, cancellationToken);
        }

        public IAsyncEnumerable<StoreCommit> ChangesAsync(Revision after, CancellationToken cancellationToken) =>
            _inner.ChangesAsync(after, cancellationToken);

        public ValueTask DisposeAsync() => _inner.DisposeAsync();
    }
}
