using Google.Protobuf;
using Muster.Etcd.V3;
using Muster.Grpc;

namespace Muster.Etcd.Tests;

/// <summary>The API against a real etcd.</summary>
public sealed class EtcdMethodsTests
{
    private static readonly ByteString Key = ByteString.CopyFromUtf8("/instances/1");
    private static readonly ByteString Prefix = ByteString.CopyFromUtf8("/instances/");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_ThenRange_FindsTheKeyByItsPrefix()
    {
        await using var server = await EtcdServer.StartAsync(Token);
        using var invoker = new SocketsHttpHandler();
        var etcd = Client(server, invoker);

        var put = await PutAsync(etcd, "one", lease: 0);
        var found = await etcd.UnaryAsync(
            EtcdMethods.Range, new RangeRequest { Key = Prefix, RangeEnd = EtcdKeys.PrefixEnd(Prefix), Serializable = true }, Options());

        var kv = Assert.Single(found.Kvs);
        Assert.Equal("one", kv.Value.ToStringUtf8());
        Assert.Equal(put.Header.Revision, kv.ModRevision);
    }

    [Fact]
    public async Task Txn_StaleRevision_TakesTheOtherBranch()
    {
        await using var server = await EtcdServer.StartAsync(Token);
        using var invoker = new SocketsHttpHandler();
        var etcd = Client(server, invoker);
        var first = await PutAsync(etcd, "one", lease: 0);
        await PutAsync(etcd, "two", lease: 0);

        var answer = await etcd.UnaryAsync(
            EtcdMethods.Txn,
            new TxnRequest
            {
                Compare =
                {
                    new Compare
                    {
                        Key = Key, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal,
                        ModRevision = first.Header.Revision,
                    },
                },
                Success = { new RequestOp { RequestPut = new PutRequest { Key = Key, Value = ByteString.CopyFromUtf8("three") } } },
                Failure = { new RequestOp { RequestRange = new RangeRequest { Key = Key } } },
            },
            Options());

        Assert.False(answer.Succeeded);
        Assert.Equal("two", answer.Responses.Single().ResponseRange.Kvs.Single().Value.ToStringUtf8());
    }

    [Fact]
    public async Task LeaseKeepAlive_RevokedLease_HasNoTimeLeft()
    {
        await using var server = await EtcdServer.StartAsync(Token);
        using var invoker = new SocketsHttpHandler();
        var etcd = Client(server, invoker);
        var lease = (await etcd.UnaryAsync(EtcdMethods.LeaseGrant, new LeaseGrantRequest { TTL = 60 }, Options())).ID;
        await PutAsync(etcd, "one", lease);
        await using var renewals = etcd.Streaming(EtcdMethods.LeaseKeepAlive, Options());

        var alive = await RenewAsync(renewals, lease);
        var deletion = await etcd.UnaryAsync(EtcdMethods.LeaseRevoke, new LeaseRevokeRequest { ID = lease }, Options());
        var gone = await RenewAsync(renewals, lease);

        Assert.Equal(60, alive);
        Assert.Equal(0, gone);
        var left = await etcd.UnaryAsync(EtcdMethods.Range, new RangeRequest { Key = Key }, Options());
        Assert.Empty(left.Kvs);
        Assert.True(left.Header.Revision >= deletion.Header.Revision);
    }

    [Fact]
    public async Task Watch_FromARevision_TellsEveryChangeSince()
    {
        await using var server = await EtcdServer.StartAsync(Token);
        using var invoker = new SocketsHttpHandler();
        var etcd = Client(server, invoker);
        var first = await PutAsync(etcd, "one", lease: 0);
        await etcd.UnaryAsync(EtcdMethods.DeleteRange, new DeleteRangeRequest { Key = Key }, Options());
        await using var watch = etcd.Streaming(EtcdMethods.Watch, Options());

        await watch.WriteAsync(new WatchRequest
        {
            CreateRequest = new WatchCreateRequest
            {
                Key = Prefix, RangeEnd = EtcdKeys.PrefixEnd(Prefix), StartRevision = first.Header.Revision,
            },
        });

        Assert.True((await watch.ReadAsync(Token))!.Created);
        var events = new List<Event>();
        while (events.Count < 2)
        {
            events.AddRange((await watch.ReadAsync(Token))!.Events);
        }

        Assert.Equal([Event.Types.EventType.Put, Event.Types.EventType.Delete], events.Select(e => e.Type));
    }

    private static Task<PutResponse> PutAsync(GrpcClient etcd, string value, long lease) => etcd.UnaryAsync(
        EtcdMethods.Put, new PutRequest { Key = Key, Value = ByteString.CopyFromUtf8(value), Lease = lease }, Options());

    private static async Task<long> RenewAsync(
        StreamingCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> renewals, long lease)
    {
        await renewals.WriteAsync(new LeaseKeepAliveRequest { ID = lease });
        return (await renewals.ReadAsync(Token))!.TTL;
    }

    private static GrpcClient Client(EtcdServer server, HttpMessageHandler handler) =>
        new(new HttpMessageInvoker(handler, disposeHandler: false), server.Address, new GrpcClientOptions { TimeProvider = TimeProvider.System });

    private static GrpcCallOptions Options() => new() { CancellationToken = Token };
}
