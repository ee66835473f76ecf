using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;
using Muster.Core.Model;
using Endpoint = Muster.Core.Model.Endpoint;

namespace Muster.Client.Tests.Http;

public sealed class HandlerPickTests
{
    [Fact]
    public async Task Send_KnownService_ArrivesWithTheLogicalAuthorityAndUri()
    {
        await using var backend = await Backend.StartAsync("a", c => c.Response.WriteAsync($"{c.Request.Host} {c.Request.Path}"));
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/add?x=1");
        Assert.Equal("calculator /add", await response.Content.ReadAsStringAsync());
        Assert.Equal("http://calculator/add?x=1", response.RequestMessage!.RequestUri!.ToString());
        Assert.Equal(["a"], response.Headers.GetValues("muster-instance"));
    }

    [Fact]
    public async Task Send_TagResponsesOff_AddsNoHeader()
    {
        await using var backend = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client(fixture.Options with { TagResponses = false });
        using var response = await client.GetAsync("/");
        Assert.False(response.Headers.Contains("muster-instance"));
    }

    [Fact]
    public async Task Send_TaggedByTheServer_ShowsWhoWasPicked()
    {
        await using var backend = await Backend.StartAsync("a", c =>
        {
            c.Response.Headers["muster-instance"] = "liar";
            return Task.CompletedTask;
        });
        await using var fixture = new HandlerFixture(backend.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/");
        Assert.Equal(["a"], response.Headers.GetValues("muster-instance"));
    }

    [Fact]
    public async Task Send_TwoInstances_TakesTurns()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        using var client = fixture.Client();
        var answers = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            answers.Add(await client.GetStringAsync("/"));
        }

        Assert.Equal(2, answers.Count(x => x == "a"));
        Assert.NotEqual(answers[0], answers[1]);
        Assert.Equal(answers[0], answers[2]);
    }

    // HttpClientFactory replaces handlers every two minutes: neither the sequence nor the connections may start anew.
    [Fact]
    public async Task Send_HandlerReplaced_SequenceAndConnectionsGoOn()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        for (var i = 0; i < 10; i++)
        {
            using var client = fixture.Client();
            await client.GetStringAsync("/");
        }

        Assert.Equal(5, a.Requests);
        Assert.Equal(1, a.ConnectionsMade);
        Assert.Equal(1, b.ConnectionsMade);
    }

    [Fact]
    public async Task Send_IPv6AndName_AreReached()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This machine has no IPv6.");
        await using var v6 = await Backend.StartAsync("a", address: IPAddress.IPv6Loopback);
        await using var named = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(
            Instances.At(v6.Port, "a", host: "::1"), Instances.At(named.Port, "b", host: "localhost"));
        using var client = fixture.Client();
        string[] answers = [await client.GetStringAsync("/"), await client.GetStringAsync("/")];
        Assert.Equal(["a", "b"], answers.Order());
    }

    [Theory]
    [InlineData(Intent.Out, Liveness.Alive, Health.Healthy)]
    [InlineData(Intent.Draining, Liveness.Alive, Health.Healthy)]
    [InlineData(Intent.Serving, Liveness.Timeout, Health.Healthy)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Unhealthy)]
    [InlineData(Intent.Serving, Liveness.Alive, Health.Degraded)]
    public async Task Send_OneInstanceIsBetter_TakesOnlyThat(Intent intent, Liveness liveness, Health health)
    {
        await using var good = await Backend.StartAsync("good");
        await using var bad = await Backend.StartAsync("bad");
        await using var fixture = new HandlerFixture(good.View, Instances.At(bad.Port, "bad", intent, liveness, health));
        using var client = fixture.Client();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal("good", await client.GetStringAsync("/"));
        }
    }

    [Theory]
    [InlineData(Liveness.Timeout, Health.Healthy)]
    [InlineData(Liveness.Alive, Health.Degraded)]
    [InlineData(Liveness.Unknown, Health.Unknown)]
    public async Task Send_NothingBetter_TakesWhatThereIs(Liveness liveness, Health health)
    {
        await using var only = await Backend.StartAsync("only");
        await using var fixture = new HandlerFixture(Instances.At(only.Port, "only", liveness: liveness, health: health));
        using var client = fixture.Client();
        Assert.Equal("only", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Send_Selector_TakesOnlyThoseThatMatch()
    {
        await using var one = await Backend.StartAsync("one");
        await using var two = await Backend.StartAsync("two");
        await using var fixture = new HandlerFixture(
            Instances.At(one.Port, "one", metadata: "version=1"), Instances.At(two.Port, "two", metadata: "version=2"));
        using var client = fixture.Client(fixture.Options with { Selector = "version=2" });
        Assert.Equal("two", await client.GetStringAsync("/"));
        Assert.Equal("two", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Send_EndpointName_CallsThatPort()
    {
        await using var backend = await Backend.StartAsync("a");
        using var grpcPort = new ClosedPort("a");
        ImmutableArray<Endpoint> endpoints =
        [
            new Endpoint("grpc", "http", EndpointProtocol.Http2, grpcPort.Port),
            new Endpoint("rest", "http", EndpointProtocol.Http1, backend.Port),
        ];
        await using var fixture = new HandlerFixture(Instances.At(0, "a", endpoints: endpoints));
        using var client = fixture.Client(fixture.Options with { EndpointName = "rest" });
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    // The registry is told that the pickers have swapped when Changed has returned: what comes after must hold to it.
    [Theory]
    [InlineData(Intent.Out)]
    [InlineData(Intent.Draining)]
    [Trait("pitfall", "drain")]
    public async Task Changed_InstanceTakenOut_IsNotPickedOnceItHasReturned(Intent intent)
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        foreach (var policy in BuiltInPolicies.Names)
        {
            fixture.Watch.Show(a.View, b.View);
            using var client = fixture.Client(fixture.Options with { Policy = policy });
            await client.GetStringAsync("/");

            fixture.Watch.Show(a.View, Instances.At(b.Port, "b", intent));
            var before = b.Requests;
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal("a", await client.GetStringAsync("/"));
            }

            fixture.Watch.Show(a.View);
            Assert.Equal("a", await client.GetStringAsync("/"));
            Assert.Equal(before, b.Requests);
        }
    }

    [Fact]
    public async Task Changed_InstanceComesBack_IsPickedAgain()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(Instances.At(a.Port, "a", Intent.Out));
        using var client = fixture.Client();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync("/"));
        fixture.Watch.Show(a.View);
        Assert.Equal("a", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Send_FirstViewPending_WaitsForIt()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture();
        using var client = fixture.Client();
        var call = client.GetStringAsync("/");
        Assert.False(call.IsCompleted);
        fixture.Watch.Show(a.View);
        Assert.Equal("a", await call);
    }

    // gRPC libraries walk down a chain of delegating handlers, and install their own connecting in what they find.
    [Fact]
    public async Task Create_Handler_IsNoChainToASocketsHttpHandler()
    {
        await using var fixture = new HandlerFixture();
        Assert.IsNotType<DelegatingHandler>(fixture.Factory.Create(new BalancingOptions()), exactMatch: false);
        Assert.IsNotType<SocketsHttpHandler>(fixture.Factory.Create(new BalancingOptions()), exactMatch: false);
    }
}
