using Muster.Bench.LoadLab.Engine;

namespace Muster.Bench.LoadLab.Tests;

public class PartsTests
{
    [Fact]
    public void EventQueue_AnyOrder_GivesByTimeThenAsAdded()
    {
        var (queue, random) = (new EventQueue(), new LabRandom(7));
        var model = new PriorityQueue<int, (long, int)>();
        for (var i = 0; i < 5000; i++)
        {
            // Few different times, so that many are equal; taken between, so that the heap shrinks too.
            var at = random.Below(200);
            queue.Add(at, new Happening(HappeningKind.Served, i));
            model.Enqueue(i, (at, i));
            if (random.Below(3) == 0)
            {
                Assert.Equal(model.Dequeue(), queue.Take().Subject);
            }
        }

        while (queue.Count > 0)
        {
            Assert.Equal(model.Dequeue(), queue.Take().Subject);
        }

        Assert.Equal(long.MaxValue, queue.NextAt);
    }

    [Fact]
    public void DelayLine_GrowsWhileWrapped_KeepsOrderAndDelay()
    {
        var line = new DelayLine<int>(10);
        var (added, taken) = (0, 0);
        for (var round = 0; round < 40; round++)
        {
            for (var i = 0; i < 100; i++)
            {
                line.Add(added, added);
                added++;
            }

            for (var i = 0; i < 37; i++)
            {
                Assert.Equal(taken + 10, line.NextAt);
                Assert.Equal(taken++, line.Take());
            }
        }

        Assert.Equal(added - taken, line.Count);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void PercentileTicks_ManyLatencies_IsThatOfTheSortedList(double share)
    {
        var (histogram, random) = (new LatencyHistogram(), new LabRandom(3));
        var all = Enumerable.Range(0, 100_000).Select(_ => (long)(1e5 * Math.Exp(random.NextNormal()))).Order().ToList();
        all.ForEach(histogram.Add);

        var expected = all[(int)(share * all.Count) - 1];

        Assert.InRange(histogram.PercentileTicks(share), expected * 0.996, expected * 1.004);
        Assert.Equal(all.Average(), histogram.MeanTicks, 3);
    }

    [Theory]
    [InlineData(nameof(ServiceTimes.LogNormal))]
    [InlineData(nameof(ServiceTimes.Exponential))]
    public void Make_ServiceTimes_HaveMeanAndDeviationOfOne(string distribution)
    {
        var times = Enum.Parse<ServiceTimes>(distribution);
        var trace = Trace.Make(
            new TracePlan([new Stretch(TimeSpan.FromSeconds(100), 2000)], TracePlan.EqualClients(3), 1000, times), 1);

        var mean = trace.DemandTicks.ToArray().Average(d => (double)d);
        var variance = trace.DemandTicks.ToArray().Average(d => (d - mean) * (d - mean));

        Assert.InRange(trace.Count, 198_000, 202_000);
        Assert.InRange(mean, 990, 1010);
        Assert.InRange(Math.Sqrt(variance) / mean, 0.95, 1.05);
        Assert.Equal([0, 1, 2], trace.Client.ToArray().Distinct().Order().Select(c => (int)c));
    }

    [Fact]
    public void Make_UnequalClients_AskByWeight()
    {
        var trace = Trace.Make(
            new TracePlan([new Stretch(TimeSpan.FromSeconds(100), 1000)], [3, 1], 1000, ServiceTimes.Exponential), 1);

        var first = trace.Client.ToArray().Count(c => c == 0);

        Assert.InRange((double)first / trace.Count, 0.74, 0.76);
    }
}
