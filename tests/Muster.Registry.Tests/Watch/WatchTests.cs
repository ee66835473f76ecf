using Muster.Core.Sessions;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Orca;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Watch;

public class WatchTests : RegistryHarness
{
    [Fact]
    public async Task Watch_KnownService_GetsASnapshotThenChangesThenProgress()
    {
        await RegisterAsync(Instance("a", 80));
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");

        var snapshot = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot);
        Assert.Equal("a", Assert.Single(snapshot.Snapshot.Instances).Id);
        Assert.True(snapshot.Snapshot.Last);
        await watch.ReadProgressAsync();

        var registered = await RegisterAsync(Instance("b", 81));
        Assert.Equal("b", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Upserted.Id);
        Assert.Equal(registered.Revision, (await watch.ReadProgressAsync()).Revision);
    }

    [Fact]
    public async Task Watch_UnknownService_SaysSoAndGoesOnWhenItComes()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.ServiceUnknown);
        await watch.ReadProgressAsync();

        await RegisterAsync(Instance());

        Assert.Equal("a", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Upserted.Id);
    }

    [Fact]
    public async Task Watch_Resumed_GetsWhatItMissedAndNoSnapshot()
    {
        var a = await RegisterAsync(Instance("a", 80));
        ResumeToken token;
        await using (var first = new WatchReader(Client))
        {
            await first.SubscribeAsync("calculator");
            token = await first.ReadProgressAsync();
        }

        await RegisterAsync(Instance("b", 81));
        await Client.UnaryAsync(RegistryMethods.Deregister,
            new DeregisterRequest { Service = "calculator", InstanceId = "a", LeaseId = a.LeaseId });

        await using var second = new WatchReader(Client);
        await second.SubscribeAsync("calculator", token);
        var events = new List<string>();
        for (var message = await second.ReadAsync(); message.EventCase != WatchResponse.EventOneofCase.Progress; message = await second.ReadAsync())
        {
            if (message.EventCase != WatchResponse.EventOneofCase.Soft)
            {
                events.Add($"{message.EventCase} {message.Upserted?.Id ?? message.Removed?.InstanceId}");
            }
        }

        Assert.Equal(["Upserted b", "Removed a"], events);
    }

    [Fact]
    public async Task Watch_CommitOfManyChanges_ArrivesWholeBeforeItsProgress()
    {
        const int Instances = ExpiryGuard.InstancesMin - 1;
        var first = await RegisterAsync(Instance("i0", 1000));
        for (var i = 1; i < Instances; i++)
        {
            await RegisterAsync(Instance($"i{i}", 1000 + i), first.LeaseId);
        }

        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft, m => m.Soft.Complete);

        // One lease, one commit.
        Time.Advance(TimeSpan.FromSeconds(10.1));

        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed);
        for (var i = 1; i < Instances; i++)
        {
            Assert.Equal(WatchResponse.EventOneofCase.Removed, (await watch.ReadAsync()).EventCase);
        }

        Assert.Equal(WatchResponse.EventOneofCase.Progress, (await watch.ReadAsync()).EventCase);
    }

    [Fact]
    public async Task Watch_TokenOfAnotherStore_GetsASnapshot()
    {
        await RegisterAsync(Instance());
        await using var watch = new WatchReader(Client);

        await watch.SubscribeAsync("calculator", new ResumeToken { StoreId = "another", Revision = 1 });

        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot);
    }

    [Fact]
    public async Task Watch_TokenOfARevisionNeverReached_GetsASnapshotAfterABoundedWait()
    {
        var registered = await RegisterAsync(Instance());
        await using var watch = new WatchReader(Client);

        await watch.SubscribeAsync("calculator", new ResumeToken { StoreId = registered.StoreId, Revision = 1_000 });
        await Time.TimerArmedAsync(due => due == Core.Limits.RevisionWaitMax);
        Time.Advance(Core.Limits.RevisionWaitMax);

        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot);
    }

    [Fact]
    public async Task Watch_WriteThatChangesNothing_WakesNobody()
    {
        var registered = await RegisterAsync(Instance("a", 80));
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft);

        await RegisterAsync(Instance("a", 80), registered.LeaseId);
        await RegisterAsync(Instance("b", 81));

        // The first record that arrives is b: a's second registration brought nothing.
        Assert.Equal("b", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Upserted.Id);
    }

    [Fact]
    public async Task Watch_Selector_SeesMatchesComeAndGo()
    {
        var instance = Instance("a", 80);
        instance.Metadata.Add("version", "2");
        var registered = await RegisterAsync(instance);
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator", selector: "version=2");
        Assert.Single((await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot)).Snapshot.Instances);

        instance.Metadata["version"] = "3";
        await RegisterAsync(instance, registered.LeaseId);
        Assert.Equal("a", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed.InstanceId);

        instance.Metadata["version"] = "2";
        await RegisterAsync(instance, registered.LeaseId);
        Assert.Equal("a", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Upserted.Id);
    }

    [Fact]
    public async Task Watch_BadSubscription_GetsAFaultAndTheStreamGoesOn()
    {
        await RegisterAsync(Instance());
        await using var watch = new WatchReader(Client);

        await watch.SubscribeAsync("Bad Name");
        var fault = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Fault)).Fault;
        Assert.Equal((int)StatusCode.InvalidArgument, fault.Code);
        Assert.Contains("'Bad Name'", fault.Message, StringComparison.Ordinal);

        await watch.SubscribeAsync("calculator");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot);
    }

    [Fact]
    public async Task Watch_RequestWithoutContent_EndsWithInvalidArgument()
    {
        await using var watch = new WatchReader(Client);
        await watch.SendAsync(new WatchRequest());

        await FailsAsync(StatusCode.InvalidArgument, watch.ReadAsync());
    }

    [Fact]
    public async Task Watch_MoreSubscriptionsThanAllowed_GetsAFaultThatNamesTheLimit()
    {
        await using var watch = new WatchReader(Client);
        for (var i = 0; i <= Core.Limits.SubscriptionsPerWatchMax; i++)
        {
            await watch.SubscribeAsync($"s{i}");
        }

        var fault = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Fault)).Fault;
        Assert.Equal((int)StatusCode.ResourceExhausted, fault.Code);
        Assert.Contains("1024", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Unsubscribed_HearsNoMoreOfTheService()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        await watch.SubscribeAsync("echo");
        await watch.ReadProgressAsync();

        await watch.SendAsync(new WatchRequest { Unsubscribe = new Unsubscribe { Service = "calculator" } });
        await watch.SubscribeAsync("rest");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Progress, m => m.Service == "rest");
        await RegisterAsync(Instance());
        await RegisterAsync(Instance("e", 81, "echo"));

        Assert.Equal("echo", (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Upserted)).Service);
    }

    [Fact]
    public async Task Watch_LoadReports_ComeOnlyWhereAskedForAndCoalesced()
    {
        var registered = await RegisterAsync(Instance());
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator", withLoad: true);
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft);

        foreach (var cpu in new[] { 0.1, 0.2, 0.3 })
        {
            var request = new KeepAliveRequest { LeaseId = registered.LeaseId };
            request.Reports.Add(new LoadReport { Load = new OrcaLoadReport { CpuUtilization = cpu } });
            await Client.UnaryAsync(RegistryMethods.KeepAlive, request);
        }

        Time.Advance(Core.Limits.LoadInterval);

        var soft = await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft);
        Assert.Equal(0.3, Assert.Single(soft.Soft.States).Load.CpuUtilization);
    }

    [Fact]
    public async Task WatchService_SimpleClient_GetsTheSameMessages()
    {
        await RegisterAsync(Instance());
        await using var call = Client.ServerStreaming(RegistryMethods.WatchService, new WatchServiceRequest { Service = "calculator" });

        var kinds = new List<WatchResponse.EventOneofCase>();
        await foreach (var message in call.ReadAllAsync())
        {
            kinds.Add(message.EventCase);
            if (message.EventCase == WatchResponse.EventOneofCase.Soft)
            {
                break;
            }
        }

        Assert.Equal([WatchResponse.EventOneofCase.Snapshot, WatchResponse.EventOneofCase.Progress, WatchResponse.EventOneofCase.Soft], kinds);
    }

    [Fact]
    public async Task WatchService_BadSelector_EndsWithInvalidArgument()
    {
        await using var call = Client.ServerStreaming(RegistryMethods.WatchService,
            new WatchServiceRequest { Service = "calculator", Selector = "=" });

        await FailsAsync(StatusCode.InvalidArgument, call.ReadAsync().AsTask());
    }

    [Fact]
    public async Task Stop_WithAnOpenWatch_EndsItWithUnavailable()
    {
        var registry = await Testing.InProcessRegistry.StartAsync(Time);
        var watch = registry.Client.ServerStreaming(RegistryMethods.WatchService, new WatchServiceRequest { Service = "calculator" });
        await watch.ReadAsync();
        await watch.ReadAsync();

        var end = watch.ReadAsync().AsTask();
        var stopping = registry.DisposeAsync();

        await FailsAsync(StatusCode.Unavailable, end);
        await stopping;
    }
}
