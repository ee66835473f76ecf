using Muster.Client.Balancing;

namespace Muster.Client.Tests.Http;

/// <summary>A policy that is only asked must not be felt by any call.</summary>
public sealed class HandlerShadowTests
{
    private readonly ScriptedPolicy _policy = new();
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Send_InstanceLeavesWhileTheShadowIsAsked_GoesToAnother()
    {
        await using var a = await Backend.StartAsync("a");
        await using var b = await Backend.StartAsync("b");
        await using var fixture = new HandlerFixture(_policy.Options, a.View);
        using var client = fixture.Client(Options(fixture));
        _policy.OnPick = _ =>
        {
            fixture.Watch.Show(b.View);
            return 0;
        };
        Assert.Equal("b", await client.GetStringAsync("/"));
        Assert.Equal(["a"], fixture.Observer.Shadows);
    }

    [Fact]
    public async Task Send_ShadowThrows_FailsNoCallAndSaysSoSeldom()
    {
        await using var fixture = new HandlerFixture(_policy.Options, _network, _network.Add("a", FakeNetwork.Status(200)));
        using var client = fixture.Client(Options(fixture));
        _policy.OnPick = _ => throw new InvalidOperationException("A policy of the test's.");
        await CallAsync(client, 5);
        Assert.Equal([LogEventIds.ShadowFailed], fixture.Logged.Ids);
        Assert.Empty(fixture.Observer.Shadows);

        fixture.Clock.Advance(TimeSpan.FromSeconds(10));
        await CallAsync(client, 5);
        Assert.Equal([LogEventIds.ShadowFailed, LogEventIds.ShadowFailed], fixture.Logged.Ids);
    }

    [Fact]
    public async Task Show_ShadowMakesNoPicker_IsSeenByTheOthersAllTheSame()
    {
        await using var fixture = new HandlerFixture(_policy.Options, _network, _network.Add("a", FakeNetwork.Status(200)));
        using var client = fixture.Client(Options(fixture));
        await CallAsync(client, 1);
        _policy.OnCreate = () => throw new InvalidOperationException("A policy of the test's.");
        fixture.Watch.Show(_network.Add("b", FakeNetwork.Status(200)));
        await CallAsync(client, 1);
        Assert.Equal(["a", "b"], _network.Ids);
        Assert.Equal(["a", null], fixture.Observer.Shadows);
        Assert.Equal([LogEventIds.ShadowFailed], fixture.Logged.Ids);
    }

    [Fact]
    public async Task Send_ShadowCannotBeMade_FailsNoCall()
    {
        var options = _policy.Options;
        options = options with { Policies = options.Policies.SetItem(ScriptedPolicy.PolicyName, _ => throw new InvalidOperationException("No.")) };
        await using var fixture = new HandlerFixture(options, _network, _network.Add("a", FakeNetwork.Status(200)));
        using var client = fixture.Client(Options(fixture));
        await CallAsync(client, 2);
        Assert.Equal([LogEventIds.ShadowFailed], fixture.Logged.Ids);
    }

    // It is asked about calls; whom a call tries after a failure depends on whom it has tried, which a shadow has not.
    [Fact]
    public async Task Send_FirstFails_AsksTheShadowOnce()
    {
        await using var fixture = new HandlerFixture(
            _policy.Options, _network, _network.Add("a", FakeNetwork.InTurn(FakeNetwork.Status(503), FakeNetwork.Status(200))),
            _network.Add("b", FakeNetwork.Status(200)));
        using var client = fixture.Client(Options(fixture));
        await CallAsync(client, 2);
        Assert.Equal(3, _network.AttemptsCount);
        Assert.Equal(2, fixture.Observer.Shadows.Count);
    }

    // Questions to a policy must not cost the calls of another handler that are picked by it their turns.
    [Fact]
    public async Task Send_ShadowIsAnotherHandlersPolicy_LeavesItsTurnsAlone()
    {
        await using var fixture = new HandlerFixture(
            _network, _network.Add("a", FakeNetwork.Status(200)), _network.Add("b", FakeNetwork.Status(200)));
        using var asking = fixture.Client(fixture.Options with { Policy = PolicyNames.PickFirst, ShadowPolicy = PolicyNames.RoundRobin });
        using var following = fixture.Client();
        await CallAsync(asking, 1);
        var before = _network.AttemptsCount;
        for (var i = 0; i < 10; i++)
        {
            await CallAsync(following, 1);
            await CallAsync(asking, 1);
        }

        Assert.Equal(5, _network.Ids.Skip(before).Where((_, i) => i % 2 == 0).Count(id => id == "a"));
    }

    private static BalancingOptions Options(HandlerFixture fixture) => fixture.Options with { ShadowPolicy = ScriptedPolicy.PolicyName };

    private static async Task CallAsync(HttpClient client, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var response = await client.GetAsync("/");
            Assert.True(response.IsSuccessStatusCode);
        }
    }
}
