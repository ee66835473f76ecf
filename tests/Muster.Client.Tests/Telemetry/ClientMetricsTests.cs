using System.Net;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Client.Telemetry;
using Muster.Client.Tests.Http;
using Muster.Core.Model;

namespace Muster.Client.Tests.Telemetry;

public sealed class ClientMetricsTests
{
    private const string Service = "muster.service=calculator muster.namespace=default";

    [Fact]
    public async Task Send_EachCall_CountsItsPickUnderThePolicy()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(recorded, a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        await client.GetStringAsync("/");
        Assert.Equal(
            [(1, $"{Service} muster.policy=round_robin"), (1, $"{Service} muster.policy=round_robin")],
            recorded.Of(InstrumentNames.Picks));
    }

    [Fact]
    public async Task Send_InstanceFailsFiveTimes_CountsTheCircuitThatOpens()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a", context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var fixture = new HandlerFixture(recorded, a.View);
        using var client = fixture.Client();
        _ = fixture.Fleet;
        Assert.Equal([(0, Service)], recorded.Observe(InstrumentNames.Panic));
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await client.PostAsync("/", null)).StatusCode);
        }

        Assert.Equal(
            [(1, $"{Service} muster.state=Open muster.reason=ConsecutiveFailures")], recorded.Of(InstrumentNames.BreakerTransitions));
        Assert.Contains((1, $"{Service} muster.state=set_aside"), recorded.Observe(InstrumentNames.Instances));

        // There is nobody else, so it gets calls all the same.
        Assert.Equal([(1, Service)], recorded.Observe(InstrumentNames.Panic));
    }

    [Fact]
    public async Task Gauges_Asked_SayHowInstancesStand()
    {
        using var recorded = new Recorded();
        await using var fixture = new HandlerFixture(
            recorded, Instances.At(1, "a", load: new LoadReport(), loadAt: TimeSpan.FromHours(1)), Instances.At(2, "b", Intent.Draining));
        _ = fixture.Fleet;
        Assert.Equal(
            [(2, $"{Service} muster.state=listed"), (1, $"{Service} muster.state=callable"), (0, $"{Service} muster.state=set_aside")],
            recorded.Observe(InstrumentNames.Instances));
        Assert.Equal([(0.5, Service)], recorded.Observe(InstrumentNames.SignalStaleShare));
        Assert.Equal([(0, Service)], recorded.Observe(InstrumentNames.SignalDropped));
        fixture.Statistics("a").OnReport(new LoadReport { Rps = -1 }, fixture.Clock.Now());
        Assert.Equal([(1, Service)], recorded.Observe(InstrumentNames.SignalDropped));
        Assert.Equal([(0, Service)], recorded.Observe(InstrumentNames.RegistryStale));
        fixture.Directory.BecomeStale();
        Assert.Equal([(1, Service)], recorded.Observe(InstrumentNames.RegistryStale));
    }

    // Two idle instances: either is as good, so the second policy takes the same one every other time, and not the one that the call
    // has not been counted at.
    [Fact]
    public async Task Send_ShadowPolicyThatCounts_DoesNotSeeThePickItself()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(recorded, a.View, b.View);
        using var client = fixture.Client(fixture.Options with { ShadowPolicy = PolicyNames.LeastRequest });
        for (var i = 0; i < 200; i++)
        {
            await client.GetStringAsync("/");
        }

        Assert.InRange(
            recorded.Of(InstrumentNames.ShadowPicks).Count(p => p.Tags.EndsWith("muster.agrees=True", StringComparison.Ordinal)), 60, 140);
    }

    [Fact]
    public async Task Send_ShadowPolicy_IsAskedAndSendsNothing()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(recorded, a.View, b.View);
        using var client = fixture.Client(fixture.Options with { ShadowPolicy = PolicyNames.PickFirst });
        for (var i = 0; i < 10; i++)
        {
            await client.GetStringAsync("/");
        }

        // round_robin takes turns, pick_first stays: they agree every second time, and calls went where round_robin said.
        Assert.Equal((5, 5), (a.Requests, b.Requests));
        Assert.Equal(5, recorded.Of(InstrumentNames.ShadowPicks).Count(p => p.Tags.EndsWith("muster.agrees=True", StringComparison.Ordinal)));
        Assert.Equal(10, fixture.Observer.Shadows.Count);
        Assert.Single(fixture.Observer.Shadows.Distinct());
    }

    [Fact]
    public async Task Wrr_NobodyReports_CountsTheFallback()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(recorded, a.View, Instances.At(1, "b", Intent.Out));
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.WeightedRoundRobin });
        await client.GetStringAsync("/");
        Assert.Equal([(1, "grpc.target=calculator")], recorded.Of(InstrumentNames.WrrFallback));
        Assert.Equal([(1, "grpc.target=calculator")], recorded.Of(InstrumentNames.WrrNotYetUsable));
        Assert.Equal([(0, "grpc.target=calculator")], recorded.Of(InstrumentNames.WrrWeights));
    }

    // Weights are looked at once a second, not with each retry.
    [Fact]
    public async Task Wrr_CallIsRetried_LooksAtItsWeightsOnce()
    {
        using var recorded = new Recorded();
        await using var a = await Backend.StartAsync("a", Refuse);
        await using var b = await Backend.StartAsync("b", Refuse);
        await using var fixture = new HandlerFixture(recorded, a.View, b.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.WeightedRoundRobin });
        using var response = await client.GetAsync("/");
        Assert.Equal((1, 1), (a.Requests, b.Requests));
        Assert.Single(recorded.Of(InstrumentNames.WrrFallback));

        static Task Refuse(HttpContext context)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return Task.CompletedTask;
        }
    }
}
