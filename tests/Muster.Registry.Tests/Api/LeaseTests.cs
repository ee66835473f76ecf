using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.Orca;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Api;

public class LeaseTests : RegistryHarness
{
    [Fact]
    public async Task KeepAlive_EveryThirdOfTheTtl_KeepsTheInstance()
    {
        var registered = await RegisterAsync(Instance(), ttlMs: 3000);
        for (var i = 0; i < 10; i++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(3000u, (await KeepAliveAsync(registered.LeaseId)).TtlMs);
        }

        Assert.Equal(Liveness.Alive, Assert.Single((await ListAsync()).Instances).Soft.Liveness);
    }

    [Fact]
    public async Task Silence_ForHalfTheTtl_TurnsTimeoutAndARenewalTurnsItBack()
    {
        var registered = await RegisterAsync(Instance());
        Time.Advance(TimeSpan.FromSeconds(5.1));
        Assert.Equal(Liveness.Timeout, Assert.Single((await ListAsync()).Instances).Soft.Liveness);

        await KeepAliveAsync(registered.LeaseId);

        Assert.Equal(Liveness.Alive, Assert.Single((await ListAsync()).Instances).Soft.Liveness);
    }

    [Fact]
    public async Task Silence_ForTheTtl_RemovesWithTheReasonAndTheServiceStaysKnown()
    {
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();
        var registered = await RegisterAsync(Instance());

        Time.Advance(TimeSpan.FromSeconds(10.1));

        var removed = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed;
        Assert.Equal(RemovalReason.Expired, removed.Reason);
        Assert.Contains("TTL 10 s", removed.Evidence, StringComparison.Ordinal);
        var list = await ListAsync();
        Assert.True(list.ServiceKnown);
        Assert.Empty(list.Instances);
        await FailsAsync(StatusCode.NotFound, KeepAliveAsync(registered.LeaseId));
    }

    [Fact]
    public async Task WallClock_JumpingADay_RemovesNobody()
    {
        await RegisterAsync(Instance());

        Time.StepWallClock(TimeSpan.FromDays(1));
        Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Liveness.Alive, Assert.Single((await ListAsync()).Instances).Soft.Liveness);
    }

    [Fact]
    public async Task EmptyService_AfterAnHour_IsForgotten()
    {
        var registered = await RegisterAsync(Instance());
        await DeregisterAsync("a", registered.LeaseId);
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        await watch.ReadProgressAsync();

        Time.Advance(TimeSpan.FromMinutes(61));

        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.ServiceUnknown);
        Assert.False((await ListAsync()).ServiceKnown);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    public async Task KeepAlive_LoadThatCannotBe_IsRefusedAndTheOldOneStays(double cpu)
    {
        var registered = await RegisterAsync(Instance());
        await KeepAliveAsync(registered.LeaseId, 0.25);

        var error = await FailsAsync(StatusCode.InvalidArgument, KeepAliveAsync(registered.LeaseId, cpu));

        Assert.StartsWith("reports[0].cpu_utilization is ", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(0.25, Assert.Single((await ListAsync()).Instances).Soft.Load.CpuUtilization);
    }

    [Fact]
    public async Task KeepAlive_ReportForAnotherLeasesInstance_IsRefusedAndNotTaken()
    {
        await RegisterAsync(Instance("a", 80));
        var other = await RegisterAsync(Instance("b", 81));

        await FailsAsync(StatusCode.FailedPrecondition, KeepAliveAsync(other.LeaseId, 0.9, instanceId: "a"));

        Assert.All((await ListAsync()).Instances, i => Assert.Null(i.Soft.Load));
    }

    [Fact]
    public async Task Deregister_WithTheWrongLease_IsRefused()
    {
        await RegisterAsync(Instance("a", 80));
        var other = await RegisterAsync(Instance("b", 81));

        await FailsAsync(StatusCode.FailedPrecondition, DeregisterAsync("a", other.LeaseId));

        Assert.Equal(2, (await ListAsync()).Instances.Count);
    }

    [Fact]
    public async Task Deregister_UnknownInstanceOrService_IsNotFoundAndSaysWhich()
    {
        var registered = await RegisterAsync(Instance());

        var instance = await FailsAsync(StatusCode.NotFound, DeregisterAsync("ghost", registered.LeaseId));
        var service = await FailsAsync(StatusCode.NotFound, Client.UnaryAsync(
            RegistryMethods.Deregister, new DeregisterRequest { Service = "nowhere", InstanceId = "a", LeaseId = registered.LeaseId }));

        Assert.Contains("no such instance", instance.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("no such service", service.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deregister_LastInstanceOfAUnaryLease_EndsTheLease()
    {
        var registered = await RegisterAsync(Instance());

        await DeregisterAsync("a", registered.LeaseId);

        await FailsAsync(StatusCode.NotFound, KeepAliveAsync(registered.LeaseId));
    }

    [Fact]
    public async Task RegisterAndDeregister_OnOneLeaseAtTheSameTime_LeaveNoInstanceThatCannotExpire()
    {
        for (var round = 0; round < 50; round++)
        {
            var registered = await RegisterAsync(Instance($"a{round}", 80));
            var joining = RegisterAsync(Instance($"b{round}", 81), registered.LeaseId);
            var leaving = DeregisterAsync($"a{round}", registered.LeaseId);
            await leaving;
            await joining.ContinueWith(_ => { }, TaskScheduler.Default);
            Time.Advance(TimeSpan.FromSeconds(10.1));
        }

        // The last expiry is committed by the time a later commit is: wait for that instead of for time.
        await RegisterAsync(Instance("last", 82));
        await using var watch = new WatchReader(Client);
        await watch.SubscribeAsync("calculator");
        var listed = (await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Snapshot)).Snapshot.Instances.Select(i => i.Id).ToHashSet();
        while (listed.Count > 1)
        {
            listed.Remove((await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed)).Removed.InstanceId);
        }

        Assert.Equal(["last"], listed);
    }

    [Fact]
    public async Task SetIntent_OutAndBack_IsShownAndOwnedByTheLease()
    {
        var registered = await RegisterAsync(Instance());

        await SetIntentAsync("a", registered.LeaseId, Intent.Out);
        Assert.Equal(Intent.Out, Assert.Single((await ListAsync()).Instances).Instance.Intent);

        await SetIntentAsync("a", registered.LeaseId, Intent.Serving);
        Assert.Equal(Intent.Serving, Assert.Single((await ListAsync()).Instances).Instance.Intent);
        await FailsAsync(StatusCode.FailedPrecondition, SetIntentAsync("a", 999, Intent.Out));
    }

    private Task<KeepAliveResponse> KeepAliveAsync(ulong lease, double? cpu = null, string instanceId = "")
    {
        var request = new KeepAliveRequest { LeaseId = lease };
        if (cpu is { } value)
        {
            request.Reports.Add(new LoadReport { InstanceId = instanceId, Load = new OrcaLoadReport { CpuUtilization = value } });
        }

        return Client.UnaryAsync(RegistryMethods.KeepAlive, request);
    }

    private Task<DeregisterResponse> DeregisterAsync(string id, ulong lease) => Client.UnaryAsync(
        RegistryMethods.Deregister, new DeregisterRequest { Service = "calculator", InstanceId = id, LeaseId = lease });

    private Task<SetIntentResponse> SetIntentAsync(string id, ulong lease, Intent intent) => Client.UnaryAsync(
        RegistryMethods.SetIntent, new SetIntentRequest { Service = "calculator", InstanceId = id, LeaseId = lease, Intent = intent });
}
