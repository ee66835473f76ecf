using Muster.Client.Balancing;
using Muster.Client.Picking;

namespace Muster.Client.Tests.Picking;

public sealed class ZoneRoutingTests
{
    private static readonly TimeSpan Start = TimeSpan.FromHours(1);
    private readonly ZoneRouting _routing = new(new ZonePreference());

    // Over-provisioning 1.4: five of seven are 71.4 %, just enough.
    [Theory]
    [InlineData(10, 10, 0.97)]
    [InlineData(5, 7, 0.97)]
    [InlineData(7, 10, 0.97)]
    [InlineData(6, 10, 0.84)]
    [InlineData(1, 10, 0.14)]
    [InlineData(0, 10, 0)]
    public void LocalShare_SomeCannotBeCalled_SpillsInProportion(int healthy, int listed, double share) =>
        Assert.Equal(share, _routing.LocalShare(healthy, listed), 1e-9);

    [Fact]
    public void Weigh_ZoneIsNotBusier_EverythingButTheProbesStays()
    {
        for (var i = 0; i < 100; i++)
        {
            Weigh(i, 0.8, 0.71);
        }

        Assert.Equal(0.97, _routing.LocalShare(4, 4), 1e-9);
    }

    [Fact]
    public void Weigh_EverySecond_IsDueAgain()
    {
        Weigh(0, 0.8, 0.8);
        Assert.Equal(Start + TimeSpan.FromSeconds(1), _routing.DueAt);
    }

    [Fact]
    public void Weigh_MuchBusier_SpillsInSteps()
    {
        var before = 0.0;
        for (var i = 0; i < 20; i++)
        {
            Weigh(i, 1, 0);
            Assert.InRange(_routing.Spill - before, 0, 0.1 + 1e-9);
            before = _routing.Spill;
        }

        Assert.Equal(1, _routing.Spill);
        Assert.Equal(0, _routing.LocalShare(4, 4));
    }

    // 200 calls a second fit into the zone, 800 into the others; its clients make 400, the others' clients 300.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Weigh_SmallZoneIsOverloaded_SettlesAtTheHeadroomWithoutSwinging(int delay)
    {
        var plant = new Plant(_routing, delay);
        var history = plant.Run(seconds: 180, own: 400, others: 300);

        // Nobody can do 400 of 200: a quarter of a minute, and it is no longer full.
        Assert.InRange(history[25].Local, 0, 0.999);
        var settled = history[120..];
        Assert.All(settled, h => Assert.InRange(h.Local - h.Remote, 0.06, 0.14));
        Assert.InRange(settled.Max(h => h.Spill) - settled.Min(h => h.Spill), 0, 0.03);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Weigh_OverloadEnds_EverythingComesHomeOnceAndForAll(int delay)
    {
        var plant = new Plant(_routing, delay);
        plant.Run(seconds: 120, own: 400, others: 300);
        Assert.InRange(_routing.Spill, 0.4, 0.9);
        var history = plant.Run(seconds: 120, own: 60, others: 300);
        for (var i = delay + 3; i < history.Length; i++)
        {
            Assert.True(history[i].Spill <= history[i - 1].Spill, $"Second {i}: {history[i].Spill} after {history[i - 1].Spill}.");
        }

        Assert.Equal(0, history[100].Spill);
    }

    // Three points of noise on the figures of two small zones must not move traffic to and fro.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Weigh_NoisyFigures_MoveFewCalls(int seed)
    {
        var random = new Random(seed);
        var plant = new Plant(_routing, delay: 1, noise: () => 0.03 * (random.NextDouble() - random.NextDouble()));
        var settled = plant.Run(seconds: 400, own: 400, others: 300)[100..];
        Assert.True(settled.Max(h => h.Spill) - settled.Min(h => h.Spill) < 0.06, $"Seed {seed}");
    }

    [Fact]
    public void Weigh_NoReports_ComparesHowLongCallsTake()
    {
        for (var i = 0; i < 30; i++)
        {
            _routing.Weigh(new ZoneLoad(null, 14), new ZoneLoad(null, 10), Start);
        }

        Assert.Equal(0, _routing.Spill);
        for (var i = 0; i < 30; i++)
        {
            _routing.Weigh(new ZoneLoad(null, 30), new ZoneLoad(0.1, 10), Start);
        }

        Assert.InRange(_routing.Spill, 0.5, 1);
    }

    [Fact]
    public void Weigh_NothingIsKnown_ComesHome()
    {
        for (var i = 0; i < 20; i++)
        {
            Weigh(i, 1, 0);
        }

        for (var i = 0; i < 20; i++)
        {
            _routing.Weigh(default, new ZoneLoad(0.1, null), Start);
        }

        Assert.Equal(0, _routing.Spill);
    }

    private void Weigh(int second, double local, double remote) =>
        _routing.Weigh(new ZoneLoad(local, null), new ZoneLoad(remote, null), Start + TimeSpan.FromSeconds(second));

    /// <summary>Two instances of the zone and eight of the others, each good for 100 calls a second, whose reports are a mean over some
    /// two seconds, and arrive some seconds later.</summary>
    private sealed class Plant(ZoneRouting routing, int delay, Func<double>? noise = null)
    {
        private readonly Queue<(double Local, double Remote)> _onTheirWay = new(Enumerable.Repeat((0.0, 0.0), delay));
        private (double Local, double Remote) _mean;
        private int _second;

        public (double Spill, double Local, double Remote)[] Run(int seconds, double own, double others)
        {
            var history = new (double, double, double)[seconds];
            for (var i = 0; i < seconds; i++)
            {
                var share = routing.LocalShare(2, 2);
                var local = Math.Min(1, own * (share + ((1 - share) * 0.2)) / 200);
                var remote = Math.Min(1, (others + (own * (1 - share) * 0.8)) / 800);
                _mean = ((_mean.Local + local) / 2, (_mean.Remote + remote) / 2);
                _onTheirWay.Enqueue(_mean);
                var seen = _onTheirWay.Dequeue();
                routing.Weigh(
                    new ZoneLoad(seen.Local + (noise?.Invoke() ?? 0), null), new ZoneLoad(seen.Remote + (noise?.Invoke() ?? 0), null),
                    Start + TimeSpan.FromSeconds(_second++));
                history[i] = (routing.Spill, local, remote);
            }

            return history;
        }
    }
}
