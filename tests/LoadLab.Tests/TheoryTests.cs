using Muster.Bench.LoadLab.Engine;
using Muster.Bench.LoadLab.Scenarios;
using Muster.Client.Balancing;

namespace Muster.Bench.LoadLab.Tests;

/// <summary>The simulator, where theory knows the answer.</summary>
public class TheoryTests
{
    private const ulong Seed = 1;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1, 0.7)]
    [InlineData(4, 0.8)]
    [InlineData(16, 0.9)]
    public void Run_OneServer_WaitsAsErlangSays(int cores, double load)
    {
        var world = new World { Speeds = [1], Cores = cores, Rtt = TimeSpan.Zero };
        var trace = Exponential(world, load, requests: 150_000);

        var figures = PolicyRun.Of(PolicyNames.Random, world, trace, s_warmUp, Seed);

        AssertNear(Erlang.MeanTime(cores, load), figures.Latencies.MeanTicks / world.MeanService.Ticks, 0.04);
    }

    [Theory]
    [InlineData(10, 0.8)]
    [InlineData(100, 0.95)]
    public void CentralQueue_EqualServers_WaitsAsErlangSays(int servers, double load)
    {
        var world = new World { Speeds = World.EqualSpeeds(servers), Cores = 1, Rtt = TimeSpan.Zero };
        var trace = Exponential(world, load, requests: 200_000);

        var latencies = CentralQueue.Of(world, trace, s_warmUp);

        AssertNear(Erlang.MeanTime(servers, load), latencies.MeanTicks / world.MeanService.Ticks, 0.03);
    }

    // One client with no way to go sees what each server holds: its own counts are the queues of the theory.
    [Theory]
    [InlineData(PolicyNames.Random, 1, 10.0)]
    [InlineData(PolicyNames.LeastRequest, 2, 2.61)]
    public void Run_ManyServers_WaitsAsTheSupermarketModelSays(string policy, int choices, double expected)
    {
        const double Load = 0.9;
        Assert.Equal(expected, Erlang.SupermarketMeanTime(choices, Load), 2);
        var world = new World { Speeds = World.EqualSpeeds(500), Cores = 1, Rtt = TimeSpan.Zero };
        var trace = Exponential(world, Load, requests: 250_000);

        var figures = PolicyRun.Of(policy, world, trace, TimeSpan.FromSeconds(3), Seed);

        AssertNear(expected, figures.Latencies.MeanTicks / world.MeanService.Ticks, 0.05);
    }

    [Fact]
    public void CentralQueue_EqualServers_IsNeverBeaten()
    {
        var world = new World { Speeds = World.EqualSpeeds(20) };
        var perSecond = 0.85 * 20 * world.Cores / world.MeanService.TotalSeconds;
        var plan = new TracePlan(
            [new Stretch(TimeSpan.FromSeconds(2), perSecond)], TracePlan.EqualClients(4), world.MeanService.Ticks, ServiceTimes.LogNormal);
        var trace = Trace.Make(plan, Seed);
        var reference = CentralQueue.Of(world, trace, TimeSpan.Zero);

        Assert.All(Policies.All.Append(Policies.Oracle), policy =>
        {
            var latencies = PolicyRun.Of(policy, world, trace, TimeSpan.Zero, Seed).Latencies;
            Assert.Equal(reference.Count, latencies.Count);
            Assert.True(latencies.MeanTicks >= reference.MeanTicks, policy);
            Assert.True(latencies.PercentileTicks(0.99) >= reference.PercentileTicks(0.99), policy);
        });
    }

    private static Trace Exponential(World world, double load, int requests)
    {
        var perSecond = load * world.Cores * world.Speeds.Count / world.MeanService.TotalSeconds;
        var plan = new TracePlan(
            [new Stretch(TimeSpan.FromSeconds(requests / perSecond), perSecond)], TracePlan.EqualClients(1),
            world.MeanService.Ticks, ServiceTimes.Exponential);
        return Trace.Make(plan, Seed);
    }

    private static void AssertNear(double expected, double actual, double tolerance) =>
        Assert.InRange(actual, expected * (1 - tolerance), expected * (1 + tolerance));
}
