using Muster.Core.Catalog;
using Muster.Core.Model;

namespace Muster.Core.Tests;

/// <summary>Records for tests, with as little as a test has to say.</summary>
internal static class Records
{
    public static readonly ServiceKey Service = ServiceKey.Default("calculator");

    public static InstanceRecord Instance(string id = "a", int port = 80, ulong lease = 1, string host = "10.0.0.1") => new()
    {
        Key = new InstanceKey(Service, id),
        Host = host,
        Endpoints = [new Endpoint(Endpoint.DefaultName, "http", EndpointProtocol.Http2, port)],
        Lease = new LeaseId(lease),
    };

    public static LeaseRecord Lease(ulong id = 1) => new(new LeaseId(id), TimeSpan.FromSeconds(10), "node-1");

    public static StoreCommit Commit(ulong revision, params RecordChange[] changes) => new(new Revision(revision), [.. changes]);

    public static RecordChange Put(InstanceRecord instance) => new RecordChange.InstancePut(instance);

    public static RecordChange Remove(InstanceRecord instance) => new RecordChange.InstanceRemoved(
        instance.AddressKey, instance.Key.Id, new Removal(RemovalReason.Deregistered, "test", default));

    public static Core.Catalog.Catalog EmptyCatalog() => new(new CatalogSnapshot { StoreId = "store" });
}
