using System.Net.Sockets;
using Muster.Client.Balancing;
using Muster.Client.Resilience;
using Muster.Core;
using Muster.Core.Model;
using Muster.Core.Replica;
using Muster.Testing;

namespace Muster.Client.Tests.Http;

public sealed class WarmUpTests
{
    private static readonly MusterClientOptions s_client = new() { Seed = 1, SlowStart = null };

    [Theory]
    [InlineData(EndpointProtocol.Http1)]
    [InlineData(EndpointProtocol.Http2)]
    public async Task Send_InstanceThatCameAWhileAgo_ItsConnectionIsThere(EndpointProtocol protocol)
    {
        await using var a = await Backend.StartAsync("a", protocol: protocol);
        await using var b = await Backend.StartAsync("b", protocol: protocol);
        await using var fixture = new HandlerFixture(s_client, a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true });
        client.DefaultRequestVersion = new Version(protocol == EndpointProtocol.Http1 ? 1 : 2, protocol == EndpointProtocol.Http1 ? 1 : 0);
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await client.GetStringAsync("/");
        WarmUp(fixture, a.View, b.View);
        await b.FirstConnectionAsync.InTime();

        Assert.Equal(["a", "b"], new[] { await client.GetStringAsync("/"), await client.GetStringAsync("/") }.Order());
        Assert.Equal((1, 1), (a.ConnectionsMade, b.ConnectionsMade));
    }

    // However it ended meanwhile, no call may notice.
    [Theory]
    [InlineData("end")]
    [InlineData("reset")]
    [InlineData("complaint")]
    public async Task Send_SpareConnectionIsOfNoUse_MakesAnother(string how)
    {
        var isMade = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await Backend.StartAsync("a");
        await using var b = new RawServer("b", async stream =>
        {
            if (first.Task.IsCompleted)
            {
                await AnswerAsync(stream);
                return;
            }

            await isMade.Task;
            await EndAsync(stream, how);
            first.SetResult();
            await first.Task;
            if (how == "complaint")
            {
                await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
            }
        });
        await using var fixture = new HandlerFixture(s_client, a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true });
        await client.GetStringAsync("/");
        WarmUp(fixture, a.View, b.View);
        await fixture.Clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        isMade.SetResult();
        await first.Task.InTime();

        // A POST, which nobody would dare to send again.
        for (var i = 0; i < 2; i++)
        {
            using var response = await client.PostAsync("/", new StringContent("x"));
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.Contains("b", fixture.Observer.Picked);
        // A reset may arrive after the connection was looked at; then the call has not been sent, and goes on unseen.
        Assert.All(fixture.Observer.Completed.Where(outcome => !outcome.WillRetry), outcome => Assert.True(outcome.Success));
        Assert.Equal(2, b.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Spare_NotUsedOrItsInstanceLeft_IsClosed(bool leaves)
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = await Backend.StartAsync("a");
        await using var b = new RawServer("b", async stream => ended.TrySetResult(await stream.ReadAsync(new byte[1])));
        await using var fixture = new HandlerFixture(s_client, a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true });
        await client.GetStringAsync("/");
        WarmUp(fixture, a.View, b.View);
        await fixture.Clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        if (leaves)
        {
            fixture.Watch.Show(a.View);
        }
        else
        {
            fixture.Clock.Advance(Limits.InstanceConnectionIdleMax);
        }

        Assert.Equal(0, await ended.Task.InTime());
    }

    // Who calls nobody opens nothing; who calls finds everybody with a connection again, not only those that the call went to.
    [Fact]
    public async Task Spare_GivenUp_IsMadeAgainWhenCallsAreMade()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(s_client with { Policies = HandlerFixture.FirstPolicies }, a.View);
        using var client = fixture.Client(fixture.Options with { WarmUp = true, Policy = FirstPolicy.PolicyName });
        await client.GetStringAsync("/");
        WarmUp(fixture, a.View, b.View);
        await fixture.Clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        for (var made = 1; made < 4; made++)
        {
            await b.NextConnectionAsync();
            fixture.Clock.Advance(Limits.InstanceConnectionIdleMax);
            await b.ConnectionsClosedAsync;
            fixture.Clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal((made, 0), (b.ConnectionsMade, fixture.Clock.ArmedTimersCount));

            await client.GetStringAsync("/");
            fixture.Clock.Advance(TimeSpan.FromMilliseconds(20));
            await fixture.Clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        }

        await b.NextConnectionAsync();
        Assert.Equal((1, 0), (a.ConnectionsMade, b.Requests));
    }

    [Fact]
    public async Task IsCold_LastConnectionHasEnded_IsNotSooner()
    {
        await using var a = await Backend.StartAsync("a");
        var clock = new ManualTimeProvider();
        using var connector = Connectors.To(a.Port, Connectors.Factory(clock));
        connector.WarmUp(clock.Now(), TimeSpan.Zero);
        await clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        clock.Advance(Limits.WarmUpIntervalMin);
        Assert.False(connector.IsCold(clock.Now()));
        var stream = await connector.ConnectAsync(null, isCall: true, default);
        await using (var another = await connector.ConnectAsync(null, isCall: true, default))
        {
            await stream.DisposeAsync();
            await stream.DisposeAsync();
            Assert.False(connector.IsCold(clock.Now()));
        }

        Assert.True(connector.IsCold(clock.Now()));
        await a.NextConnectionAsync();
        await a.NextConnectionAsync();
        Assert.Equal(2, a.ConnectionsMade);
    }

    // Servers end idle connections sooner than we do, some of them after seconds: then not in their rhythm.
    [Fact]
    public async Task IsCold_ServerHasEndedTheSpareOne_IsAfterAWhile()
    {
        var isMade = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = new RawServer("a", async stream =>
        {
            await isMade.Task;
            await EndAsync(stream, "end");
            hasEnded.SetResult();
        });
        var clock = new ManualTimeProvider();
        using var connector = Connectors.To(a.View.Record.Default.Port, Connectors.Factory(clock));
        connector.WarmUp(clock.Now(), TimeSpan.Zero);
        await clock.TimerArmedForAsync(d => d == Limits.InstanceConnectionIdleMax).InTime();
        isMade.SetResult();
        await hasEnded.Task.InTime();
        Assert.False(connector.IsCold(clock.Now()));
        clock.Advance(Limits.WarmUpIntervalMin - TimeSpan.FromTicks(1));
        Assert.False(connector.IsCold(clock.Now()));
        clock.Advance(TimeSpan.FromTicks(1));
        Assert.True(connector.IsCold(clock.Now()));
    }

    // One that is still waiting for its turn is one.
    [Fact]
    public async Task IsCold_WarmUpWaits_IsNotCold()
    {
        var clock = new ManualTimeProvider();
        var factory = Connectors.Factory(clock);
        for (var i = 0; i < Limits.SpareConnectsPerServiceMax; i++)
        {
            await factory.WaitSpareTurnAsync();
        }

        using var connector = Connectors.To(1, factory);
        connector.WarmUp(clock.Now(), TimeSpan.Zero);
        clock.Advance(TimeSpan.FromHours(1));
        Assert.False(connector.IsCold(clock.Now()));
    }

    [Fact]
    public async Task IsCold_CannotBeConnectedTo_IsAfterAWhile()
    {
        using var port = new ClosedPort("a");
        var clock = new ManualTimeProvider();
        var factory = Connectors.Factory(clock);
        using var connector = Connectors.To(port.Port, factory);
        await Assert.ThrowsAsync<SocketException>(() => connector.ConnectAsync(null, isCall: true, default).AsTask());
        Assert.True(connector.IsCold(clock.Now()));
        for (var i = 0; i < Limits.SpareConnectsPerServiceMax; i++)
        {
            await factory.WaitSpareTurnAsync();
        }

        connector.WarmUp(clock.Now(), TimeSpan.Zero);
        factory.EndSpareTurn();

        // Its turn is given back when it has failed.
        await factory.WaitSpareTurnAsync().InTime();
        Assert.False(connector.IsCold(clock.Now()));
        clock.Advance(Limits.WarmUpIntervalMin);
        Assert.True(connector.IsCold(clock.Now()));
    }

    // Whatever else there is to review, and whether or not there is anything.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Select_WarmUp_IsLookedAtAgain(bool isOn)
    {
        using var rig = new Picking.FleetRig(new MusterClientOptions { Ejection = new EjectionOptions { Interval = null } });
        rig.Show(3);
        var balancer = rig.Fleet.GetBalancer(Picking.FleetRig.Key(PolicyNames.Random) with { WarmUp = isOn });
        Assert.Equal(isOn ? rig.Now + Limits.WarmUpIntervalMin : TimeSpan.MaxValue, balancer.Selection.ReviewAt);
    }

    // A second connection beside the one that is being made would be one too many.
    [Fact]
    public async Task Send_SpareIsBeingMade_WaitsForIt()
    {
        await using var a = await Backend.StartAsync("a");
        var clock = new ManualTimeProvider();
        var factory = Connectors.Factory(clock);
        using var connector = Connectors.To(a.Port, factory);
        for (var i = 0; i < Limits.ConnectsPerServiceMax; i++)
        {
            await factory.Line.WaitAsync(TimeSpan.FromSeconds(1), default);
        }

        Assert.True(connector.IsCold(clock.Now()));
        connector.WarmUp(factory.TimeProvider.Now(), TimeSpan.Zero);
        Assert.False(connector.IsCold(clock.Now()));
        var connecting = connector.ConnectAsync(null, isCall: true, default);
        Assert.False(connecting.IsCompleted);
        factory.Line.End();
        await using var stream = await connecting.AsTask().InTime();
        await a.FirstConnectionAsync.InTime();
        Assert.Equal(1, a.ConnectionsMade);
    }

    [Fact]
    public async Task Send_SpareCannotBeMade_IsThatCallsConnectFailure()
    {
        using var port = new ClosedPort("a");
        var factory = Connectors.Factory(new ManualTimeProvider());
        using var connector = Connectors.To(port.Port, factory);
        for (var i = 0; i < Limits.ConnectsPerServiceMax; i++)
        {
            await factory.Line.WaitAsync(TimeSpan.FromSeconds(1), default);
        }

        connector.WarmUp(factory.TimeProvider.Now(), TimeSpan.Zero);
        var connecting = connector.ConnectAsync(null, isCall: true, default).AsTask();
        factory.Line.End();
        var e = await Assert.ThrowsAsync<SocketException>(() => connecting.InTime());
        Assert.Equal(SocketError.ConnectionRefused, e.SocketErrorCode);
    }

    [Theory]
    [InlineData(128, true, 128)]
    [InlineData(129, true, 0)]
    [InlineData(10, false, 0)]
    public void Select_UpToABound_WarmsUpEverybody(int count, bool isOn, int expected)
    {
        using var rig = new Picking.FleetRig();
        rig.Show(count);
        rig.Fleet.GetBalancer(Picking.FleetRig.Key(PolicyNames.Random) with { WarmUp = isOn });
        Assert.Equal(expected, Warm(rig).Count);
    }

    [Fact]
    public void Select_OneForAllCalls_WarmsUpThatOne()
    {
        using var rig = new Picking.FleetRig();
        rig.Show(10);
        var balancer = rig.Fleet.GetBalancer(Picking.FleetRig.Key(PolicyNames.PickFirst) with { WarmUp = true });
        Assert.Equal([Picking.FleetRig.Send(balancer).Id], Warm(rig));
    }

    [Fact]
    public void Select_SubsetOfALargeFleet_WarmsUpTheSubset()
    {
        using var rig = new Picking.FleetRig(new MusterClientOptions { ClientIndex = 0, ClientCount = 1 });
        rig.Show(300);
        var balancer = rig.Fleet.GetBalancer(
            Picking.FleetRig.Key(PolicyNames.RoundRobin) with { WarmUp = true, SubsetSize = 20 });
        Assert.Equal(rig.Call(balancer, 200).Keys.Order(), Warm(rig).Order());
        Assert.Equal(20, Warm(rig).Count);
    }

    [Fact]
    public void Select_ZonePreferred_WarmsUpTheZone()
    {
        using var rig = new Picking.FleetRig(new MusterClientOptions { Zone = "east" });
        rig.Show([.. Enumerable.Range(0, 8).Select(i => Instances.At(1 + i, $"{i}", zone: i < 3 ? "east" : "west"))]);
        rig.Fleet.GetBalancer(Picking.FleetRig.Key(PolicyNames.Random) with { WarmUp = true, ZonePreference = new ZonePreference() });
        Assert.Equal(["0", "1", "2"], Warm(rig).Order());
    }

    private static List<string> Warm(Picking.FleetRig rig) =>
        [.. rig.Fleet.Roster.Members.Where(m => !m.ConnectionsTo(null, "http", TimeSpan.FromSeconds(1))!.IsCold(rig.Now)).Select(m => m.Id)];

    // Shows a view, and lets the delays of the connections that it brings pass: they are armed when it has been shown.
    private static void WarmUp(HandlerFixture fixture, params InstanceView[] instances)
    {
        fixture.Watch.Show(instances);
        fixture.Clock.Advance(TimeSpan.FromMilliseconds(10 * instances.Length));
    }

    private static async Task EndAsync(NetworkStream stream, string how)
    {
        if (how == "complaint")
        {
            await stream.WriteAsync("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
            return;
        }

        stream.Socket.LingerState = new LingerOption(how == "reset", 0);
        stream.Dispose();
    }

    private static async Task AnswerAsync(NetworkStream stream)
    {
        while (true)
        {
            await RawServer.ReadHeadAsync(stream);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb"u8.ToArray());
        }
    }
}
