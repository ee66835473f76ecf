using Muster.Core;
using Muster.Grpc;
using Muster.Protocol;
using Muster.Protocol.V1;

namespace Muster.Registry.Tests.Checks;

/// <summary>Instances that cannot send heartbeats, in a real registry that probes real sockets.</summary>
public class CheckTests : RegistryHarness
{
    private TimeSpan _untilProbe = Limits.CheckFirstDelayMax + TimeSpan.FromMilliseconds(10);

    [Fact]
    public async Task Register_WithACheck_IsUnknownUntilTheFirstResultAndNeedsNoHeartbeat()
    {
        await using var target = Target.Silent();
        await using var watch = await WatchAsync();
        await RegisterAsync(Checked(target.Port));

        var before = Assert.Single((await ListAsync("db")).Instances);
        Assert.Equal((Liveness.Unknown, Health.Unknown), (before.Soft.Liveness, before.Soft.Health));
        Assert.False(before.Check.HasSinceLastMs);

        await ProbedAsync(watch, Health.Healthy);
        for (var i = 0; i < 3; i++)
        {
            await ProbeAsync();
        }

        var after = Assert.Single((await ListAsync("db")).Instances);
        Assert.Equal((Liveness.Alive, Health.Healthy, "connected"), (after.Soft.Liveness, after.Soft.Health, after.Check.Detail));
        Assert.Equal(Check.KindOneofCase.Tcp, after.Instance.Check.KindCase);
    }

    [Fact]
    public async Task TargetDiesAndComesBack_TurnsUnhealthyAndHealthyAndStaysListed()
    {
        await using var watch = await WatchAsync();
        var target = Target.Silent();
        await RegisterAsync(Checked(target.Port));
        await ProbedAsync(watch, Health.Healthy);

        await target.DisposeAsync();
        await ProbedAsync(watch, Health.Unhealthy);
        Assert.Equal(Health.Unhealthy, Assert.Single((await ListAsync("db")).Instances).Soft.Health);

        await using var again = Target.Silent(target.Port);
        await ProbedAsync(watch, Health.Healthy);
    }

    [Fact]
    public async Task RemoveAfter_NothingButFailures_IsRemovedWithReasonAndEvidence()
    {
        await using var watch = await WatchAsync();
        var instance = Checked(ClosedPort());
        instance.Check.RemoveAfterMs = 10_000;
        await RegisterAsync(instance);
        await ProbedAsync(watch, Health.Unhealthy);

        var removed = watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed);
        await ProbeAsync(removed);
        await ProbeAsync(removed);

        Assert.Equal(RemovalReason.CheckFailed, (await removed).Removed.Reason);
        Assert.Matches(@"^its TCP check failed \d+ times in a row, for \d+\.\d s, the last time with: Connection refused$", (await removed).Removed.Evidence);
        Assert.Empty((await ListAsync("db")).Instances);
    }

    [Fact]
    public async Task Deregister_WithItsLease_TakesItOff()
    {
        await using var target = Target.Silent();
        var registered = await RegisterAsync(Checked(target.Port));

        await Client.UnaryAsync(RegistryMethods.Deregister, new DeregisterRequest { Service = "db", InstanceId = "a", LeaseId = registered.LeaseId });

        Assert.Empty((await ListAsync("db")).Instances);
        await FailsAsync(StatusCode.NotFound, KeepAliveAsync(registered.LeaseId));
    }

    [Fact]
    public async Task Remove_ByAnOperator_TakesItOffAndItsLeaseRunsOut()
    {
        await using var target = Target.Silent();
        var registered = await RegisterAsync(Checked(target.Port));

        await Client.UnaryAsync(RegistryMethods.Remove, new RemoveRequest { Service = "db", InstanceId = "a" });
        Assert.Empty((await ListAsync("db")).Instances);
        Time.Advance(TimeSpan.FromSeconds(10.5));

        // What is final is said first; that the lease is gone shows when it is used.
        await FailsAsync(StatusCode.NotFound, RegisterAsync(Instance("b"), registered.LeaseId));
    }

    [Fact]
    public async Task Register_TheSameAgainWithACheck_ReplacesIt()
    {
        await using var target = Target.Silent();
        await RegisterAsync(Checked(target.Port));
        var other = Checked(target.Port);
        other.Check.Fall = 7;

        await RegisterAsync(other);

        Assert.Equal(7u, Assert.Single((await ListAsync("db")).Instances).Instance.Check.Fall);
    }

    [Fact]
    public async Task Register_AddressThatACheckFindsWell_IsRefusedAndNamesTheHolder()
    {
        await using var target = Target.Silent();
        await using var watch = await WatchAsync();
        await RegisterAsync(Checked(target.Port));
        await ProbedAsync(watch, Health.Healthy);
        var self = Checked(target.Port, "b");
        self.Check = null;

        var error = await FailsAsync(StatusCode.AlreadyExists, RegisterAsync(self));

        Assert.Equal(
            $"127.0.0.1:{target.Port} is held by instance 'a' of service 'db', which was registered with a check that does not fail; remove that first (muster remove).",
            error.Status.Detail);
    }

    [Fact]
    public async Task Register_AddressWhoseCheckFails_TakesItOver()
    {
        await using var watch = await WatchAsync();
        var checkedOne = Checked(ClosedPort());
        await RegisterAsync(checkedOne);
        await ProbedAsync(watch, Health.Unhealthy);
        var self = Checked(checkedOne.Endpoints[0].Port, "b");
        self.Check = null;

        await RegisterAsync(self);

        var state = Assert.Single((await ListAsync("db")).Instances);
        Assert.Equal(("b", Liveness.Alive, Health.Healthy), (state.Instance.Id, state.Soft.Liveness, state.Soft.Health));
    }

    [Fact]
    public async Task Register_WithoutTheCheckUnderItsLease_HasToRenewFromThen()
    {
        await using var target = Target.Silent();
        await using var watch = await WatchAsync();
        var registered = await RegisterAsync(Checked(target.Port));
        await ProbedAsync(watch, Health.Healthy);
        var self = Checked(target.Port);
        self.Check = null;
        await RegisterAsync(self, registered.LeaseId);

        Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Single((await ListAsync("db")).Instances);
        Time.Advance(TimeSpan.FromSeconds(1.5));

        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Removed);
    }

    [Fact]
    public async Task Register_CheckUnderALeaseWithOthers_IsRefusedBothWays()
    {
        var lease = (await RegisterAsync(Instance())).LeaseId;
        await FailsAsync(StatusCode.FailedPrecondition, RegisterAsync(Checked(1), lease));

        var checkedLease = (await RegisterAsync(Checked(2))).LeaseId;
        var error = await FailsAsync(StatusCode.FailedPrecondition, RegisterAsync(Instance("c", 3), checkedLease));
        Assert.Contains("an instance with a check has a lease of its own, and this one holds 'a'", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_RegistersWithACheck_IsRefused()
    {
        await using var session = Client.Streaming(RegistryMethods.Session);
        await session.WriteAsync(new SessionRequest { Open = new Open() });
        Assert.NotNull((await session.ReadAsync())!.Opened);

        await session.WriteAsync(new SessionRequest { RequestId = 2, Register = new RegisterRequest { Instance = Checked(1) } });

        var fault = (await session.ReadAsync())!.Fault;
        Assert.Equal((int)StatusCode.FailedPrecondition, fault.Code);
        Assert.StartsWith("check is set: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeepAlive_OfACheckedLease_TakesLoadAndNotHealth()
    {
        await using var target = Target.Silent();
        await using var watch = await WatchAsync();
        var registered = await RegisterAsync(Checked(target.Port));
        await ProbedAsync(watch, Health.Healthy);

        await Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest
        {
            LeaseId = registered.LeaseId,
            Reports = { new LoadReport { Health = Health.Unhealthy, Load = new() { CpuUtilization = 0.5 } } },
        });

        var soft = Assert.Single((await ListAsync("db")).Instances).Soft;
        Assert.Equal((Health.Healthy, 0.5), (soft.Health, soft.Load.CpuUtilization));
    }

    [Theory]
    [InlineData("check.kind is absent: one of tcp, http and grpc is required.", 0, 0)]
    [InlineData("check.interval_ms is 999: 1000 to 600000 are allowed.", 999, 0)]
    [InlineData("check.timeout_ms is 60001: 50 to 60000 are allowed, and not more than check.interval_ms.", 600_000, 60_001)]
    public async Task Register_BadCheck_IsRefusedByNameValueAndBound(string message, uint intervalMs, uint timeoutMs)
    {
        var instance = Checked(80);
        instance.Check = new Check { IntervalMs = intervalMs, TimeoutMs = timeoutMs };
        if (intervalMs != 0)
        {
            instance.Check.Tcp = new TcpCheck();
        }

        Assert.Equal(message, (await FailsAsync(StatusCode.InvalidArgument, RegisterAsync(instance))).Status.Detail);
    }

    private static Instance Checked(int port, string id = "a") => new()
    {
        Service = "db",
        Id = id,
        Host = "127.0.0.1",
        Endpoints = { new Endpoint { Port = port } },
        Check = new Check { Tcp = new TcpCheck(), TimeoutMs = 5000, Rise = 1, Fall = 1 },
    };

    private static int ClosedPort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Task<KeepAliveResponse> KeepAliveAsync(ulong lease) =>
        Client.UnaryAsync(RegistryMethods.KeepAlive, new KeepAliveRequest { LeaseId = lease });

    private async Task<WatchReader> WatchAsync()
    {
        var watch = new WatchReader(Client);
        await watch.SubscribeAsync("db");
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.ServiceUnknown);
        return watch;
    }

    // Moves the clock to the next probe, and waits until its result shows: with thresholds of 1 each one decides.
    private async Task ProbedAsync(WatchReader watch, Health health)
    {
        await ProbeAsync();
        await watch.ReadUntilAsync(WatchResponse.EventOneofCase.Soft, m => m.Soft.States.Any(s => s.Health == health));
    }

    private async Task ProbeAsync(Task? removed = null)
    {
        // To its start and no further while it runs: its timeout is on this clock too. Its end arms the timer for the next, an
        // interval and a tenth later at most, and no other timer of these tests is as long.
        Time.Advance(_untilProbe);
        var next = Time.TimerArmedAsync(t => t > TimeSpan.FromSeconds(7.5) && t <= TimeSpan.FromSeconds(11.1));
        await Task.WhenAny(next, removed ?? next).WaitAsync(TimeSpan.FromSeconds(20));
        _untilProbe = next.IsCompleted ? await next : _untilProbe;
    }
}
