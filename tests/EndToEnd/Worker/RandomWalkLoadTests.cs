using Muster.Samples.Worker;
using Muster.Testing;

namespace Muster.EndToEnd.Worker;

public sealed class RandomWalkLoadTests
{
    [Fact]
    public void Current_SameSeed_WalksTheSameWay()
    {
        var one = Walk(7, 200);
        var two = Walk(7, 200);
        var other = Walk(8, 200);

        Assert.Equal(one, two);
        Assert.NotEqual(one, other);
    }

    // Asking often must not make the load move faster: the policy under test asks at every request.
    [Fact]
    public void Current_AskedOftenOrOnce_IsTheSameAtTheSameTime()
    {
        var clock = new ManualTimeProvider();
        var often = new RandomWalkLoad(7, clock);
        var once = new RandomWalkLoad(7, clock);

        for (var i = 0; i < 100; i++)
        {
            clock.Advance(RandomWalkLoad.Step / 3);
            _ = often.Current;
        }

        Assert.Equal(often.Current.CpuUtilization, once.Current.CpuUtilization);
    }

    [Fact]
    public void Current_BetweenTwoSteps_DoesNotMove()
    {
        var clock = new ManualTimeProvider();
        var load = new RandomWalkLoad(7, clock);
        var before = load.Current.CpuUtilization;

        clock.Advance(RandomWalkLoad.Step - TimeSpan.FromTicks(1));
        var within = load.Current.CpuUtilization;
        clock.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(before, within);
        Assert.NotEqual(before, load.Current.CpuUtilization);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Current_OverAnHour_StaysBetween0And1AndSeesBothHalves(int seed)
    {
        var clock = new ManualTimeProvider();
        var load = new RandomWalkLoad(seed, clock);

        var walk = Walk(load, clock, 72_000);

        Assert.All(walk, share => Assert.InRange(share, 0, 1));
        Assert.Contains(walk, share => share < 0.1);
        Assert.Contains(walk, share => share > 0.9);
    }

    [Fact]
    public void Current_AfterADay_DoesNotWalkEveryStep()
    {
        var clock = new ManualTimeProvider();
        var load = new RandomWalkLoad(7, clock);

        clock.Advance(TimeSpan.FromDays(365 * 100));

        Assert.InRange(load.Current.CpuUtilization!.Value, 0, 1);
    }

    private static List<double> Walk(int seed, int steps)
    {
        var clock = new ManualTimeProvider();
        return Walk(new RandomWalkLoad(seed, clock), clock, steps);
    }

    private static List<double> Walk(RandomWalkLoad load, ManualTimeProvider clock, int steps)
    {
        var walk = new List<double>();
        for (var i = 0; i < steps; i++)
        {
            clock.Advance(RandomWalkLoad.Step);
            walk.Add(load.Current.CpuUtilization!.Value);
        }

        return walk;
    }
}
