using Muster.Core.Catalog;
using Muster.Core.Model;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Mapping;
using Muster.Registry.Sessions;
using Muster.Registry.Store;
using V1 = Muster.Protocol.V1;

namespace Muster.Registry.Tests.Fuzz;

/// <summary>What is true of a registry whatever it was sent.</summary>
internal static class Invariants
{
    // A call that was left may still be on its way; each look is a round trip behind all that waits for the store, and it needs one or
    // two.
    private const int LooksMax = 500;

    // Of no lease that there is: it only waits for its turn.
    private static readonly ConditionalChange s_nothing = new(new RecordChange.LeaseRemoved(new LeaseId(ulong.MaxValue)), null);

    public static async Task CheckAsync(FuzzedRegistry registry)
    {
        Assert.True(registry.Errors.Count == 0, string.Join('\n', registry.Errors));
        var client = new GrpcClient(registry.Invoker, registry.GrpcAddress, new GrpcClientOptions { TimeProvider = registry.Time });
        var leases = registry.Part<LeaseKeeper>();
        for (var look = 1; ; look++)
        {
            await registry.Part<ICatalogStore>().CommitAsync([s_nothing], CancellationToken.None);
            var before = registry.Part<CatalogFeed>().Current;
            CheckRecords(before);
            var listed = await ListAsync(client);
            var watched = await WatchAsync(client, before.Services.Keys);
            var known = leases.KnownCount;
            var running = before.Leases.Keys.Where(l => !leases.IsRunning(l)).ToList();
            var isQuiet = registry.Part<CatalogFeed>().Current == before;
            var instances = before.Services.Values.SelectMany(s => s.Instances.Values)
                .Select(i => i.ToWire()).OrderBy(Name, StringComparer.Ordinal).ToList();
            if (isQuiet && (look == LooksMax || (known == instances.Count && running.Count == 0)))
            {
                Assert.Equal(instances, listed);
                Assert.Equal(instances, watched);
                Assert.Equal(instances.Count, known);
                Assert.Empty(running);
                return;
            }

            Assert.True(look < LooksMax, "the registry does not come to rest");
        }
    }

    /// <summary>That two registries hold the same: before and after a restart.</summary>
    public static void CheckSame(CatalogSnapshot before, CatalogSnapshot after)
    {
        Assert.Equal(before.Token, after.Token);
        Assert.Equal(Instances(before), Instances(after));
        Assert.Equal(before.Services.Keys.Order(ServiceKey.Order), after.Services.Keys.Order(ServiceKey.Order));
        Assert.Equal(before.Holds.Values.OrderBy(h => $"{h.Instance}", StringComparer.Ordinal), after.Holds.Values.OrderBy(h => $"{h.Instance}", StringComparer.Ordinal));
        Assert.Equal(Leases(before), Leases(after));
        CheckRecords(after);

        // Their revision counts anew, so that what is seen of them after the restart is newer than all that was seen before.
        static IEnumerable<LeaseRecord> Leases(CatalogSnapshot catalog) =>
            catalog.Leases.Values.Select(l => l.Lease with { Revision = default }).OrderBy(l => l.Id.Value);

        static IEnumerable<(LeaseId, V1.Instance)> Instances(CatalogSnapshot catalog) => catalog.Services.Values
            .SelectMany(s => s.Instances.Values).Select(i => (i.Lease, i.ToWire())).OrderBy(i => Name(i.Item2), StringComparer.Ordinal);
    }

    private static void CheckRecords(CatalogSnapshot catalog)
    {
        var instances = catalog.Services.Values.SelectMany(s => s.Instances.Values).ToList();
        Assert.All(instances, i =>
        {
            Assert.Null(InstanceValidator.Validate(i));
            Assert.Same(i, catalog.Addresses[i.AddressKey]);
            Assert.Same(i, catalog.Find(i.Key));
            Assert.Same(i, catalog.Leases[i.Lease].Instances[i.Key]);
            Assert.Equal(catalog.Holds.GetValueOrDefault(i.Key)?.Intent ?? Intent.Serving, i.OperatorIntent);
        });
        Assert.Equal(instances.Count, catalog.Addresses.Count);
        Assert.Equal(instances.Count, catalog.Leases.Values.Sum(l => l.Instances.Count));
        Assert.All(catalog.Services.Keys, s => Assert.Null(InstanceValidator.ValidateService(s)));
    }

    private static async Task<List<V1.Instance>> ListAsync(GrpcClient client)
    {
        var services = await client.UnaryAsync(RegistryMethods.ListServices, new V1.ListServicesRequest { Namespace = "*" });
        var all = new List<V1.Instance>();
        foreach (var service in services.Services)
        {
            var list = await client.UnaryAsync(
                RegistryMethods.ListInstances, new V1.ListInstancesRequest { Namespace = service.Namespace, Service = service.Service });
            Assert.Equal(service.Instances, list.Instances.Count);
            all.AddRange(list.Instances.Select(i => i.Instance));
        }

        return [.. all.OrderBy(Name, StringComparer.Ordinal)];
    }

    private static async Task<List<V1.Instance>> WatchAsync(GrpcClient client, IEnumerable<ServiceKey> services)
    {
        await using var watch = client.Streaming(RegistryMethods.Watch);
        var waited = services.ToHashSet();
        foreach (var service in waited)
        {
            await watch.WriteAsync(new V1.WatchRequest
            {
                Subscribe = new V1.Subscribe { Namespace = service.Namespace, Service = service.Name },
            });
        }

        var all = new List<V1.Instance>();
        while (waited.Count > 0)
        {
            var message = (await watch.ReadAsync())!;
            all.AddRange(message.Snapshot?.Instances ?? []);
            if (message.Progress is not null)
            {
                waited.Remove(new ServiceKey(message.Namespace, message.Service));
            }
        }

        return [.. all.OrderBy(Name, StringComparer.Ordinal)];
    }

    private static string Name(V1.Instance instance) => $"{instance.Namespace}/{instance.Service}/{instance.Id}";
}
