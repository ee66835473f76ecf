using Muster.Client.Connection;

namespace Muster.Client.Tests.Connection;

public sealed class BackoffTests
{
    [Fact]
    public void Next_ManyFailures_GrowsFromAlmostNothingToTheCap()
    {
        double[] middles = [1, 1.6, 2.56, 4.096, 6.5536, 10.48576, 16.777216, 20, 20, 20];
        for (var seed = 0; seed < 50; seed++)
        {
            var backoff = new Backoff(new Random(seed));

            Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.FirstJitterMax);
            Assert.All(middles, seconds => Assert.InRange(backoff.Next().TotalSeconds, seconds * 0.8, seconds * 1.2));
        }
    }

    [Fact]
    public void Next_ManyClients_AreSpread()
    {
        var delays = Enumerable.Range(0, 100).Select(seed =>
        {
            var backoff = new Backoff(new Random(seed));
            backoff.Next();
            return backoff.Next().TotalSeconds;
        }).ToList();

        Assert.True(delays.Min() < 0.85 && delays.Max() > 1.15, $"{delays.Min()} to {delays.Max()}");
    }

    [Fact]
    public void Reset_AfterFailures_StartsAnew()
    {
        var backoff = new Backoff(new Random(1));
        backoff.Next();
        backoff.Next();
        backoff.Reset();

        Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.FirstJitterMax);
    }

    [Fact]
    public void Next_AfterDaysOfFailures_StaysAtTheCap()
    {
        var backoff = new Backoff(new Random(1));
        for (var i = 0; i < 100_000; i++)
        {
            Assert.InRange(backoff.Next(), TimeSpan.Zero, Backoff.DelayMax);
        }
    }
}
