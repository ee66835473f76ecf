using Microsoft.AspNetCore.Http;
using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

public sealed class HandlerLifetimeTests
{
    [Fact]
    [Trait("pitfall", "dns-pinned")]
    public async Task Changed_IdleInstanceGone_ClosesItsConnections()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        fixture.Watch.Show(b.View);
        await a.ConnectionsClosedAsync;
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Fact]
    [Trait("pitfall", "drain")]
    public async Task Changed_BusyInstanceGone_ClosesItsConnectionsAfterTheCall()
    {
        var finish = new TaskCompletionSource();
        await using var a = await Backend.StartAsync("a", async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await finish.Task;
        });
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
        fixture.Watch.Show();
        Assert.False(a.ConnectionsClosedAsync.IsCompleted);
        finish.SetResult();
        Assert.Equal("half", await response.Content.ReadAsStringAsync());
        await a.ConnectionsClosedAsync;
    }

    [Fact]
    public async Task Changed_OtherRecordAtTheSamePlace_KeepsConnectionsAndStatistics()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        var before = fixture.Statistics("a");
        fixture.Watch.Show(Instances.At(a.Port, "a", weight: 7, metadata: "version=2"));
        await client.GetStringAsync("/");
        Assert.Same(before, fixture.Statistics("a"));
        Assert.Equal(7, fixture.Fleet.Roster.Members[0].Candidate.Weight);
        Assert.Equal(1, a.ConnectionsMade);
    }

    [Fact]
    [Trait("pitfall", "dns-pinned")]
    public async Task Changed_SameIdElsewhere_IsANewInstance()
    {
        await using var old = await Backend.StartAsync("old");
        await using var moved = await Backend.StartAsync("moved");
        await using var fixture = new HandlerFixture(Instances.At(old.Port, "a"));
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        var before = fixture.Statistics("a");
        fixture.Watch.Show(Instances.At(moved.Port, "a"));
        Assert.Equal("moved", await client.GetStringAsync("/"));
        Assert.NotSame(before, fixture.Statistics("a"));
        await old.ConnectionsClosedAsync;
    }

    [Fact]
    public async Task Changed_WeightShown_IsFollowed()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(Instances.At(a.Port, "a", weight: 10_000), b.View);
        using var client = fixture.Client(fixture.Options with { Policy = PolicyNames.WeightedRandom });
        Assert.Equal("a", await client.GetStringAsync("/"));
        fixture.Watch.Show(a.View, Instances.At(b.Port, "b", weight: 10_000));
        Assert.Equal("b", await client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Dispose_Factory_ClosesConnectionsAndLetsGoOfTheWatch()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        Assert.True(fixture.Watch.HasFollower);
        await fixture.Factory.DisposeAsync();
        await a.ConnectionsClosedAsync;
        Assert.False(fixture.Watch.HasFollower);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(PolicyNames.LeastRequest)]
    public async Task Dispose_Factory_IsTheEndOfCallsToo(string? shadow)
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client(fixture.Options with { ShadowPolicy = shadow });
        await client.GetStringAsync("/");
        await fixture.Factory.DisposeAsync();
        await a.ConnectionsClosedAsync;
        for (var i = 0; i < 2; i++)
        {
            var e = await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetStringAsync("/"));
            Assert.Equal(typeof(MusterClient).FullName, e.ObjectName);
        }

        Assert.Empty(fixture.Fleet.Roster.Members);
        Assert.Equal((1, 1), (a.Requests, a.ConnectionsMade));
    }

    [Fact]
    public async Task Dispose_Handler_ChangesNothingForOthers()
    {
        await using var a = await Backend.StartAsync("a");
        await using var fixture = new HandlerFixture(a.View);
        using var client = fixture.Client();
        await client.GetStringAsync("/");
        fixture.Client().Dispose();
        await client.GetStringAsync("/");
        Assert.Equal(1, a.ConnectionsMade);
    }

    // Calls race with a list that never rests: no call may meet connections that were closed under it.
    [Theory]
    [InlineData(null)]
    [InlineData(PolicyNames.LeastRequest)]
    [Trait("pitfall", "drain")]
    public async Task Changed_AllTheTime_FailsNoCall(string? shadow)
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(a.View, b.View);
        using var client = fixture.Client(fixture.Options with { Observer = null, ShadowPolicy = shadow });
        var calling = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
            {
                await client.GetStringAsync("/");
            }
        })).ToArray();
        var all = Task.WhenAll(calling);
        var shown = 0;
        while (!all.IsCompleted)
        {
            fixture.Watch.Show(shown++ % 2 == 0 ? a.View : b.View);
        }

        await all;
        Assert.Equal(1200, a.Requests + b.Requests);
        Assert.True(shown > 10, $"only {shown} changes raced with the calls");
    }
}
